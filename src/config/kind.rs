//! What kind of value a setting takes, with its bounds.

use crate::config::measure::{Bounds, Unit};
use crate::config::raw::{Raw, Refusal};
use crate::domain::scheme::definition::LIST_LEN_MAX as SCHEME_LIST_LEN_MAX;

/// The kind of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// `IP:PORT`.
    Address,
    /// `IP:PORT`, or `off`.
    OptionalAddress,
    /// A whole number in a unit.
    Measure(Bounds),
    /// A duration, or `never`.
    DurationOrNever(Bounds),
    /// DNS names and IP addresses.
    Names,
    /// Networks such as `10.0.0.0/8`.
    Networks,
    /// Origins such as `https://shop.example.org`.
    Origins,
    /// Names of members of JSON documents.
    FieldNames,
    /// The path of a file or directory, or `off`.
    OptionalPath,
    /// A text with a spelling of its own.
    Spelled(&'static Wording),
    /// Several such texts.
    SpelledList(&'static Wording),
}

/// How people are told of a spelling.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wording {
    /// The type in words.
    pub(super) words: &'static str,
    /// What a value of another type is.
    pub(super) refusal: &'static str,
    /// What to write.
    pub(super) hint: &'static str,
}

impl Kind {
    /// A count from `min` to `max`.
    pub(super) const fn count(min: u64, max: u64) -> Self {
        Self::Measure(Bounds { unit: Unit::Count, min, max, multiple_of: 1 })
    }

    /// Bytes from `min` to `max`.
    pub(super) const fn bytes(min: u64, max: u64) -> Self {
        Self::Measure(Bounds { unit: Unit::Bytes, min, max, multiple_of: 1 })
    }

    /// Bytes from `min` to `max` in whole blocks.
    pub(super) const fn blocks(min: u64, max: u64, block_bytes: u64) -> Self {
        Self::Measure(Bounds { unit: Unit::Bytes, min, max, multiple_of: block_bytes })
    }

    /// Milliseconds from `min` to `max`.
    pub(super) const fn milliseconds(min: u64, max: u64) -> Self {
        Self::Measure(Bounds { unit: Unit::Milliseconds, min, max, multiple_of: 1 })
    }

    /// A duration from `min` to `max` seconds.
    pub(super) const fn duration(min_seconds: u64, max_seconds: u64) -> Self {
        Self::Measure(Bounds::seconds(min_seconds, max_seconds))
    }

    /// A duration from `min` to `max` seconds, or never.
    pub(super) const fn duration_or_never(min_seconds: u64, max_seconds: u64) -> Self {
        Self::DurationOrNever(Bounds::seconds(min_seconds, max_seconds))
    }

    /// Returns the type in words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Address => "address IP:PORT".to_owned(),
            Self::OptionalAddress => "address IP:PORT, or off".to_owned(),
            Self::Measure(bounds) => bounds.unit.words().to_owned(),
            Self::DurationOrNever(bounds) => format!("{}, or never", bounds.unit.words()),
            Self::Names => "list of DNS names and IP addresses".to_owned(),
            Self::Networks => "list of networks".to_owned(),
            Self::Origins => "list of origins".to_owned(),
            Self::FieldNames => "list of field names".to_owned(),
            Self::OptionalPath => "path, or off".to_owned(),
            Self::Spelled(wording) | Self::SpelledList(wording) => wording.words.to_owned(),
        }
    }

    /// Returns the bounds in words; none where every value of the type is accepted.
    pub(super) fn bounds(&self) -> Option<String> {
        match self {
            Self::Measure(bounds) | Self::DurationOrNever(bounds) => Some(bounds.to_string()),
            Self::Names | Self::Networks | Self::Origins | Self::FieldNames => {
                Some(format!("at most {LIST_LEN_MAX} items"))
            }
            Self::SpelledList(_) => Some(format!("at most {SCHEME_LIST_LEN_MAX} items")),
            _ => None,
        }
    }

    /// Returns how a value, given as text, is written in the file.
    pub(super) fn toml(&self, text: &str) -> String {
        match self {
            Self::Measure(Bounds { unit: Unit::Count | Unit::Milliseconds, .. }) => text.to_owned(),
            Self::Names | Self::Networks | Self::Origins | Self::FieldNames | Self::SpelledList(_) => {
                if text.is_empty() {
                    return "[]".to_owned();
                }
                let items: Vec<String> = text.split(',').map(quoted).collect();
                format!("[{}]", items.join(", "))
            }
            _ => quoted(text),
        }
    }

    /// Reads a number in its unit (durations in milliseconds) and checks its bounds.
    pub(super) fn measure(&self, raw: &Raw) -> Result<u64, Refusal> {
        let (Self::Measure(bounds) | Self::DurationOrNever(bounds)) = self else {
            return Err(self.mismatch());
        };
        bounds.check(bounds.unit.read(raw).ok_or_else(|| self.mismatch())?)
    }

    /// Writes a number as the setting is written.
    pub(super) fn measure_text(&self, number: u64) -> String {
        match self {
            Self::Measure(bounds) | Self::DurationOrNever(bounds) => bounds.unit.text(number),
            _ => number.to_string(),
        }
    }

    /// Refuses a value that is of another type.
    pub(super) fn mismatch(&self) -> Refusal {
        let hint = match self {
            Self::Choice(words) => format!("write one of {}", words.join(", ")),
            Self::Address => "write an IP address and a port, such as 127.0.0.1:8443 or [::]:8443".to_owned(),
            Self::OptionalAddress => {
                "write an IP address and a port, such as 127.0.0.1:9090, or off".to_owned()
            }
            Self::Measure(bounds) => bounds.hint(),
            Self::DurationOrNever(bounds) => format!("{}, or never", bounds.hint()),
            Self::Names => "write DNS names or IP addresses, such as mainstay.example.org".to_owned(),
            Self::Networks => "write networks or IP addresses, such as 10.0.0.0/8".to_owned(),
            Self::Origins => {
                "write origins as browsers send them, such as https://shop.example.org".to_owned()
            }
            Self::FieldNames => {
                "write names of letters, digits, `_` and `-`, at most 64 long, such as card_number".to_owned()
            }
            Self::OptionalPath => "write a path, or off".to_owned(),
            Self::Spelled(wording) | Self::SpelledList(wording) => wording.hint.to_owned(),
        };
        let what = match self {
            Self::Choice(_) => "not one of its words",
            Self::Address | Self::OptionalAddress => "not an address",
            Self::Measure(bounds) | Self::DurationOrNever(bounds) => bounds.unit.refusal(),
            Self::Names => "not a list of names",
            Self::Networks => "not a list of networks",
            Self::Origins => "not a list of origins",
            Self::FieldNames => "not a list of field names",
            Self::OptionalPath => "not a path",
            Self::Spelled(wording) | Self::SpelledList(wording) => wording.refusal,
        };
        Refusal::new(what, hint)
    }
}

/// Most items of a list: names go into a certificate and networks are compared one by one.
pub(super) const LIST_LEN_MAX: usize = 100;

/// Returns a TOML basic string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
