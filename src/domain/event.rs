//! Events as they come in: checked values, not yet numbered.

use crate::domain::idempotency::{IdempotencyKey, KeyHash};
use crate::domain::names::{NameError, check_label};
use crate::domain::time::Timestamp;
use bytes::Bytes;
use std::time::Duration;

/// Longest encoded attributes in bytes, so that listings stay quick.
pub const ATTRIBUTES_LEN_MAX: usize = 16 * 1024;

/// What an event says about itself besides its payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Who sent it: 1 to 255 characters.
    pub source: String,
    /// What happened: 1 to 255 characters.
    pub event_type: String,
    /// What it happened to.
    pub subject: Option<String>,
    /// When it happened, as the sender wrote it (RFC 3339).
    pub time: Option<String>,
    /// Media type of the payload.
    pub content_type: Option<String>,
    /// W3C trace id, 32 hexadecimal characters.
    pub trace_id: Option<String>,
    /// Who did it, for events of the appliance itself.
    pub actor: Option<String>,
    /// How grave it is, for events of the appliance itself.
    pub severity: Option<Severity>,
    /// Text of the idempotency key.
    pub key: Option<IdempotencyKey>,
    /// Hash under which the index remembers the key.
    pub key_hash: Option<KeyHash>,
    /// The sender's own id (CloudEvents `id`).
    pub sender_id: Option<String>,
    /// Further CloudEvents attributes, `dataschema` among them, in the order sent.
    pub extensions: Vec<(String, ExtensionValue)>,
    /// How the payload came.
    pub data_form: DataForm,
}

/// How an event's payload came, where the media type does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataForm {
    /// As bytes of the media type.
    #[default]
    Typed,
    /// As a JSON value, whatever the media type says: `data` of a CloudEvent in JSON.
    Json,
    /// Not at all: a CloudEvent without data.
    Absent,
}

/// A CloudEvents extension attribute's value.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum ExtensionValue {
    /// true or false.
    Boolean(bool),
    /// A 32-bit integer.
    Integer(i32),
    /// Any text.
    Text(String),
}

/// How grave an event of the appliance itself is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For the record.
    Info,
    /// Should be looked at.
    Warning,
    /// Something is wrong.
    Error,
}

impl Severity {
    /// Returns the severity's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// An event that may be taken in: attributes checked, the key chosen, the payload exactly as received.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What it says about itself.
    pub attributes: Attributes,
    /// The body, byte for byte.
    pub payload: Bytes,
    /// How long its key is honoured; none without a key.
    pub key_window: KeyWindow,
}

/// How long a key is honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyWindow {
    /// The event has no key.
    NoKey,
    /// Repeats within this time of the first are duplicates.
    Lasting(Duration),
    /// Repeats are duplicates for ever.
    Forever,
}

impl KeyWindow {
    /// Tells whether a key first seen at `first` is still honoured at `now`.
    pub fn honours(self, first: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::NoKey => false,
            Self::Lasting(window) => now.duration_since(first) < window,
            Self::Forever => true,
        }
    }
}

impl Attributes {
    /// Makes attributes with the two that every event has.
    pub fn new(source: &str, event_type: &str) -> Result<Self, NameError> {
        Self::named(source.to_owned(), event_type.to_owned())
    }

    /// The same for texts that are given away.
    pub fn named(source: String, event_type: String) -> Result<Self, NameError> {
        check_label("source", &source)?;
        check_label("type", &event_type)?;
        Ok(Self { source, event_type, ..Self::default() })
    }
}

/// Tells whether a media type means JSON: `application/json`, `text/json` or any `+json`.
pub fn is_json_media_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case("application/json")
        || essence.eq_ignore_ascii_case("text/json")
        || essence
            .len()
            .checked_sub(5)
            .and_then(|start| essence.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case("+json"))
}

/// Longest media type in bytes; it is kept with the event.
pub const MEDIA_TYPE_LEN_MAX: usize = 255;

/// Tells whether a text begins as a media type (RFC 9110) and is short enough to be kept.
pub fn is_media_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim_ascii();
    text.len() <= MEDIA_TYPE_LEN_MAX
        && essence.split_once('/').is_some_and(|(kind, name)| is_token(kind) && is_token(name))
}

/// Tells whether a text is a token of RFC 9110.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_media_types_are_told_by_name_and_suffix() {
        for json in
            ["application/json", "Application/JSON; charset=utf-8", "application/problem+json", "text/json"]
        {
            assert!(is_json_media_type(json), "{json}");
        }
        for other in ["", "text/plain", "application/jsonp", "application/x-ndjson", "é+jso"] {
            assert!(!is_json_media_type(other), "{other}");
        }
    }

    #[test]
    fn a_window_ends_exactly_after_its_length() {
        let window = KeyWindow::Lasting(Duration::from_micros(10));
        let first = Timestamp::from_micros(100);
        assert!(window.honours(first, Timestamp::from_micros(109)));
        assert!(!window.honours(first, Timestamp::from_micros(110)));
        assert!(KeyWindow::Forever.honours(first, Timestamp::from_micros(u64::MAX)));
        assert!(!KeyWindow::NoKey.honours(first, first));
    }
}
