//! Whole numbers with a unit: counts, bytes, milliseconds, durations.

use crate::config::raw::{Raw, Refusal};
use crate::domain::time;
use std::fmt;
use std::time::Duration;

/// Suffixes of byte sizes, largest first.
const BYTE_SUFFIXES: [(&str, u64); 4] =
    [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// What a number counts, and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Things.
    Count,
    /// Bytes, as a number or with `KiB`, `MiB`, `GiB` or `TiB`.
    Bytes,
    /// Milliseconds, as a number.
    Milliseconds,
    /// Milliseconds, written with a unit such as `30s` or `7d`.
    Duration,
}

/// A number's unit and its smallest and largest value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) unit: Unit,
    pub(super) min: u64,
    pub(super) max: u64,
    /// The value is a multiple of this.
    pub(super) multiple_of: u64,
}

impl Unit {
    pub(super) const fn words(self) -> &'static str {
        self.told().0
    }

    pub(super) const fn refusal(self) -> &'static str {
        self.told().1
    }

    /// The type in words, and what a value of another type is.
    const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Count => ("number", "not a whole number"),
            Self::Bytes => ("bytes", "not a number of bytes"),
            Self::Milliseconds => ("milliseconds", "not a whole number of milliseconds"),
            Self::Duration => ("duration", "not a duration"),
        }
    }

    /// Writes a number as people read it: `8MiB`, `30d`.
    pub(super) fn text(self, number: u64) -> String {
        match self {
            Self::Count | Self::Milliseconds => number.to_string(),
            Self::Duration => time::format_duration(Duration::from_millis(number)),
            Self::Bytes => bytes_text(number),
        }
    }

    /// Reads a number, durations in milliseconds.
    pub(super) fn read(self, raw: &Raw) -> Option<u64> {
        match (self, raw) {
            (Self::Count | Self::Milliseconds | Self::Bytes, Raw::Number(number)) => {
                (*number).try_into().ok()
            }
            (Self::Count | Self::Milliseconds, Raw::Text(text)) => digits(text.trim()),
            (Self::Bytes, Raw::Text(text)) => bytes(text.trim()),
            (Self::Duration, Raw::Text(text)) => {
                let duration = time::parse_duration(text).ok()?;
                duration.as_millis().try_into().ok()
            }
            _ => None,
        }
    }
}

impl Bounds {
    pub(super) const fn seconds(min: u64, max: u64) -> Self {
        Self { unit: Unit::Duration, min: min * 1_000, max: max * 1_000, multiple_of: 1 }
    }

    pub(super) fn hint(&self) -> String {
        match self.unit {
            Unit::Count | Unit::Milliseconds => format!("write a number, {self}"),
            Unit::Bytes => format!("write a number, alone or with KiB, MiB, GiB or TiB, {self}"),
            Unit::Duration => format!("write a number and ms, s, m, h or d, {self}"),
        }
    }

    pub(super) fn check(&self, number: u64) -> Result<u64, Refusal> {
        if number < self.min {
            return Err(Refusal::new("too small", format!("write {self}")));
        }
        if number > self.max {
            return Err(Refusal::new("too large", format!("write {self}")));
        }
        if !number.is_multiple_of(self.multiple_of) {
            let reason = format!("not a multiple of {}", self.unit.text(self.multiple_of));
            return Err(Refusal::new(reason, format!("write {self}")));
        }
        Ok(number)
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.unit.text(self.min), self.unit.text(self.max))?;
        if self.multiple_of > 1 {
            write!(f, ", a multiple of {}", self.unit.text(self.multiple_of))?;
        }
        Ok(())
    }
}

/// Reads decimal digits alone: no sign, no blank, no separator.
fn digits(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Reads a number of bytes, alone or with a binary suffix.
fn bytes(text: &str) -> Option<u64> {
    for (suffix, factor) in BYTE_SUFFIXES {
        let Some((number, end)) =
            text.len().checked_sub(suffix.len()).and_then(|at| text.split_at_checked(at))
        else {
            continue;
        };
        if end.eq_ignore_ascii_case(suffix) {
            return digits(number.trim_end())?.checked_mul(factor);
        }
    }
    digits(text)
}

fn bytes_text(number: u64) -> String {
    for (suffix, factor) in BYTE_SUFFIXES {
        if number != 0 && number.is_multiple_of(factor) {
            return format!("{}{suffix}", number / factor);
        }
    }
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_are_read_alone_or_with_a_binary_suffix() {
        assert_eq!(bytes("4096"), Some(4_096));
        assert_eq!(bytes("8MiB"), Some(8 << 20));
        assert_eq!(bytes("512 kib"), Some(512 << 10));
        assert_eq!(bytes("1TiB"), Some(1 << 40));
        for wrong in ["", "MiB", "8MB", "8M", "-1", "1.5MiB", "1_000", "+1", "99999999999TiB", "8 8MiB"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_outside_their_bounds_say_which_ones_are_inside() {
        let bounds = Bounds { unit: Unit::Bytes, min: 256 << 10, max: 256 << 20, multiple_of: 4_096 };
        assert_eq!(bounds.check(256 << 10), Ok(256 << 10));
        assert_eq!(bounds.check(255 << 10).unwrap_err().reason, "too small");
        assert_eq!(bounds.check(257 << 20).unwrap_err().reason, "too large");
        let refusal = bounds.check(300_000).unwrap_err();
        assert_eq!(refusal.reason, "not a multiple of 4KiB");
        assert_eq!(refusal.hint, "write 256KiB to 256MiB, a multiple of 4KiB");
    }

    proptest! {
        #[test]
        fn byte_sizes_survive_writing_and_reading(number in any::<u64>()) {
            prop_assert_eq!(bytes(&bytes_text(number)), Some(number));
        }

        #[test]
        fn any_text_is_a_measure_or_refused(text in ".*") {
            for unit in [Unit::Count, Unit::Bytes, Unit::Milliseconds, Unit::Duration] {
                let _ = unit.read(&Raw::Text(text.clone()));
            }
        }
    }
}
