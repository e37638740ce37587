//! Numbers, sizes and times as people read them.

use crate::domain::time::Timestamp;
use std::borrow::Borrow;
use std::time::Duration;

/// An instant: how long ago it was, and exactly when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// RFC 3339 with microseconds.
    pub(super) exact: String,
    /// Such as `5 min ago` or `in 3 days`.
    pub(super) relative: String,
}

impl Moment {
    pub(super) fn new(at: Timestamp, now: Timestamp) -> Self {
        let (past, ahead) = (now.duration_since(at), at.duration_since(now));
        let relative = if ahead >= Duration::from_secs(1) {
            format!("in {}", roughly(ahead))
        } else if past < Duration::from_secs(1) {
            "now".to_owned()
        } else {
            format!("{} ago", roughly(past))
        };
        Self { exact: at.to_string(), relative }
    }
}

/// Returns a duration with its largest unit.
pub(super) fn roughly(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (number, unit) = match seconds {
        0..=119 => (seconds, "s"),
        120..=7_199 => (seconds / 60, "min"),
        7_200..=172_799 => (seconds / 3_600, "h"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{number} {unit}")
}

/// Returns a number with a thin gap between thousands.
pub(super) fn grouped(number: impl Borrow<u64>) -> String {
    let number: &u64 = number.borrow();
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Returns a size in units of 1,024 bytes, with one decimal below ten.
pub(super) fn bytes(count: impl Borrow<u64>) -> String {
    let count: u64 = *count.borrow();
    let Some((power, unit)) = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")]
        .into_iter()
        .find(|(power, _)| count >> power > 0)
    else {
        return format!("{count} B");
    };
    let tenths = (u128::from(count) * 10) >> power;
    match tenths {
        0..=99 => format!("{}.{} {unit}", tenths / 10, tenths % 10),
        _ => format!("{} {unit}", tenths / 10),
    }
}

/// Returns milliseconds with at most two decimals.
pub(super) fn milliseconds(duration: impl Borrow<Duration>) -> String {
    let duration: &Duration = duration.borrow();
    let micros = duration.as_micros();
    match micros {
        0..=9_999 => format!("{}.{:02} ms", micros / 1_000, micros % 1_000 / 10),
        10_000..=99_999 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => format!("{} ms", micros / 1_000),
    }
}

/// Returns how many bytes a text takes in markup.
pub(super) fn escaped_len(text: &str) -> usize {
    text.bytes().map(escaped_byte_len).sum()
}

/// The same for one byte: `<` becomes `&#60;`, and so on.
pub(super) fn escaped_byte_len(byte: u8) -> usize {
    if matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'') { 5 } else { 1 }
}

/// Returns a text of at most so many characters; what is left out is marked.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let kept = text.chars().take(most.saturating_sub(1));
    kept.chain(['…']).collect()
}

/// A piece of a text that marks code with backticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) is_code: bool,
}

/// Parts a text where backticks stand.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let pieces = text.split('`').enumerate().map(|(at, text)| Piece { text, is_code: at % 2 == 1 });
    pieces.filter(|piece| !piece.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_from_now() {
        let at = |second: u64| Timestamp::from_micros(second * 1_000_000);
        let relative = |then, now| Moment::new(at(then), at(now)).relative;
        assert_eq!(relative(100, 100), "now");
        assert_eq!(relative(100, 219), "119 s ago");
        assert_eq!(relative(100, 100 + 600), "10 min ago");
        assert_eq!(relative(100 + 3 * 86_400, 100), "in 3 days");
        assert_eq!(Moment::new(at(0), at(1)).exact, "1970-01-01T00:00:00.000000Z");
    }

    #[test]
    fn code_stands_between_backticks() {
        let told: Vec<_> = pieces("say `a` or `b`").iter().map(|one| (one.text, one.is_code)).collect();
        assert_eq!(told, [("say ", false), ("a", true), (" or ", false), ("b", true)]);
        assert!(pieces("").is_empty());
    }

    #[test]
    fn numbers_are_grouped_and_short() {
        assert_eq!(grouped(1_234_567_u64), "1\u{202f}234\u{202f}567");
        assert_eq!(grouped(12_u64), "12");
        assert_eq!(bytes(1_023_u64), "1023 B");
        assert_eq!(bytes(1_536_u64), "1.5 KiB");
        assert_eq!(bytes(20_u64 * 1024 * 1024), "20 MiB");
        assert_eq!(bytes(u64::MAX), "16777215 TiB");
        assert_eq!(milliseconds(Duration::from_micros(1_234)), "1.23 ms");
        assert_eq!(milliseconds(Duration::from_micros(12_345)), "12.3 ms");
        assert_eq!(milliseconds(Duration::from_micros(1_234_567)), "1234 ms");
    }

    #[test]
    fn long_texts_end_in_a_mark() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüß", 3), "äö…");
        assert_eq!(shortened("", 3), "");
    }
}
