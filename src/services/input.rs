//! Values of input types: texts that are read when a change is carried out, some of which may be set back to their default.

use crate::domain::time::parse_duration;
use crate::services::refusal::{Refusal, RefusalExt};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::time::Duration;

/// Longest overlap of a rotation.
const OVERLAP_MAX: Duration = Duration::from_hours(30 * 24);

/// Overlap of a rotation that names none: a day, to bring the new secret to every sender.
pub const OVERLAP_DEFAULT: Duration = Duration::from_hours(24);

/// Reads how long the present secret works on after a rotation.
pub(super) fn overlap(text: Option<&str>) -> Result<Duration, Refusal> {
    let overlap = text.map_or(Ok(OVERLAP_DEFAULT), parse_duration).at("overlap")?;
    if overlap > OVERLAP_MAX {
        return Err(Refusal::field_unacceptable("overlap", "the overlap is at most 30 days"));
    }
    Ok(overlap)
}

/// The word for the default.
const DEFAULT: &str = "default";

/// The word for a limit that is none, which is every limit's default.
const OFF: &str = "off";

/// What becomes of a value that has a default: left out it stays; `null`, an empty text or `default` sets it back; any
/// other text is the new value, such as `7d` or `1000/1m`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T = String> {
    /// It stays.
    #[default]
    Keep,
    /// It becomes the default.
    Default,
    /// It becomes this.
    To(T),
}

impl Change {
    /// Reads a text as people type it.
    pub fn of(text: &str) -> Self {
        match text.trim() {
            "" | DEFAULT | OFF => Self::Default,
            text => Self::To(text.to_owned()),
        }
    }

    /// Reads what is changed by `parse`; `field` holds it.
    pub(super) fn read<T, E: fmt::Display>(
        &self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Change<T>, Refusal> {
        match self {
            Self::Keep => Ok(Change::Keep),
            Self::Default => Ok(Change::Default),
            Self::To(text) => {
                let read = parse(text).map_err(|error| Refusal::Unreadable(error.to_string()));
                read.map(Change::To).at(field)
            }
        }
    }
}

impl<T: Copy> Change<T> {
    /// Returns what becomes of `value`, which is none where the default counts.
    pub(super) fn of_value(&self, value: Option<T>) -> Option<T> {
        match *self {
            Self::Keep => value,
            Self::Default => None,
            Self::To(new) => Some(new),
        }
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map_or(Self::Default, |text| Self::of(&text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Holder {
        #[serde(default)]
        value: Change,
    }

    #[test]
    fn a_value_is_kept_set_back_or_set() {
        let read = |json: &str| serde_json::from_str::<Holder>(json).unwrap().value;
        assert_eq!(read("{}"), Change::Keep);
        for default in [r#"{"value":null}"#, r#"{"value":"default"}"#, r#"{"value":""}"#] {
            assert_eq!(read(default), Change::Default, "{default}");
        }
        assert_eq!(read(r#"{"value":"7d"}"#), Change::To("7d".to_owned()));
        assert!(serde_json::from_str::<Holder>(r#"{"value":7}"#).is_err());
    }

    #[test]
    fn a_value_that_cannot_be_read_names_its_field() {
        let parse = |text: &str| text.parse::<u8>();
        assert_eq!(Change::To("7".to_owned()).read("age", parse), Ok(Change::To(7)));
        let becomes = |change: Change| change.read("age", parse).unwrap().of_value(Some(1));
        assert_eq!((becomes(Change::Keep), becomes(Change::Default)), (Some(1), None));
        assert_eq!(becomes(Change::To("7".to_owned())), Some(7));
        assert_eq!(Change::To("x".to_owned()).read("age", parse).unwrap_err().field(), Some("age"));
    }
}
