//! What kind of value a setting takes, with its bounds.

use crate::config::measure::{Bounds, Unit};
use crate::config::raw::{Raw, Refusal};

/// Most items of a list: names go into a certificate and networks are compared one by one.
const LIST_LEN_MAX: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A whole number in a unit.
    Measure(Bounds),
    /// A duration, or `never`.
    DurationOrNever(Bounds),
    /// A text with a spelling of its own.
    Spelled(&'static Wording),
    /// Several such texts, at most so many.
    List(&'static Wording, usize),
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
    pub(super) const ADDRESS: Self = Self::Spelled(&Wording {
        words: "address IP:PORT",
        refusal: "not an address",
        hint: "write an IP address and a port, such as 127.0.0.1:8443 or [::]:8443",
    });

    pub(super) const OPTIONAL_ADDRESS: Self = Self::Spelled(&Wording {
        words: "address IP:PORT, or off",
        refusal: "not an address",
        hint: "write an IP address and a port, such as 127.0.0.1:9090, or off",
    });

    pub(super) const fn count(min: u64, max: u64) -> Self {
        Self::Measure(Bounds { unit: Unit::Count, min, max, multiple_of: 1 })
    }

    pub(super) const fn bytes(min: u64, max: u64) -> Self {
        Self::Measure(Bounds { unit: Unit::Bytes, min, max, multiple_of: 1 })
    }

    /// Bytes from `min` to `max` in whole blocks.
    pub(super) const fn blocks(min: u64, max: u64, block_bytes: u64) -> Self {
        Self::Measure(Bounds { unit: Unit::Bytes, min, max, multiple_of: block_bytes })
    }

    pub(super) const fn milliseconds(min: u64, max: u64) -> Self {
        Self::Measure(Bounds { unit: Unit::Milliseconds, min, max, multiple_of: 1 })
    }

    pub(super) const fn duration(min_seconds: u64, max_seconds: u64) -> Self {
        Self::Measure(Bounds::seconds(min_seconds, max_seconds))
    }

    pub(super) const fn duration_or_never(min_seconds: u64, max_seconds: u64) -> Self {
        Self::DurationOrNever(Bounds::seconds(min_seconds, max_seconds))
    }

    pub(super) const OPTIONAL_PATH: Self = Self::Spelled(&Wording {
        words: "path, or off",
        refusal: "not a path",
        hint: "write a path, or off",
    });

    pub(super) const NAMES: Self = Self::list(&Wording {
        words: "list of DNS names and IP addresses",
        refusal: "not a list of names",
        hint: "write DNS names or IP addresses, such as mainstay.example.org",
    });

    const fn list(wording: &'static Wording) -> Self {
        Self::List(wording, LIST_LEN_MAX)
    }

    pub(super) const NETWORKS: Self = Self::list(&Wording {
        words: "list of networks",
        refusal: "not a list of networks",
        hint: "write networks or IP addresses, such as 10.0.0.0/8",
    });

    pub(super) const ORIGINS: Self = Self::list(&Wording {
        words: "list of origins",
        refusal: "not a list of origins",
        hint: "write origins as browsers send them, such as https://shop.example.org",
    });

    pub(super) const FIELD_NAMES: Self = Self::list(&Wording {
        words: "list of field names",
        refusal: "not a list of field names",
        hint: "write names of letters, digits, `_` and `-`, at most 64 long, such as card_number",
    });

    pub(super) fn words(&self) -> String {
        match self {
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Measure(bounds) => bounds.unit.words().to_owned(),
            Self::DurationOrNever(bounds) => format!("{}, or never", bounds.unit.words()),
            Self::Spelled(wording) | Self::List(wording, _) => wording.words.to_owned(),
        }
    }

    /// Returns the bounds in words; none where every value of the type is accepted.
    pub(super) fn bounds(&self) -> Option<String> {
        match self {
            Self::Measure(bounds) | Self::DurationOrNever(bounds) => Some(bounds.to_string()),
            Self::List(_, len_max) => Some(format!("at most {len_max} items")),
            Self::Choice(_) | Self::Spelled(_) => None,
        }
    }

    /// Returns how a value, given as text, is written in the file.
    pub(super) fn toml(&self, text: &str) -> String {
        match self {
            Self::Measure(Bounds { unit: Unit::Count | Unit::Milliseconds, .. }) => text.to_owned(),
            Self::List(..) => {
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

    pub(super) fn mismatch(&self) -> Refusal {
        match self {
            Self::Choice(words) => {
                Refusal::new("not one of its words", format!("write one of {}", words.join(", ")))
            }
            Self::Measure(bounds) => Refusal::new(bounds.unit.refusal(), bounds.hint()),
            Self::DurationOrNever(bounds) => {
                Refusal::new(bounds.unit.refusal(), format!("{}, or never", bounds.hint()))
            }
            Self::Spelled(wording) | Self::List(wording, _) => Refusal::new(wording.refusal, wording.hint),
        }
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
