//! A CloudEvent as JSON (CloudEvents 1.0.2, JSON event format): a whole body, an element of a batch, or a line.

use crate::domain::cloudevent::Collector;
use crate::domain::event::{ExtensionValue, is_json_media_type};
use crate::domain::json::{self, JsonError};
use crate::services::ingest::{KeyChoice, Payload, Submission};
use crate::web::problem::Problem;
use crate::web::request::cloudevent::{self, faulty};
use bytes::Bytes;
use data_encoding::BASE64;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Most members of one event: far more than fit the bound on attributes usefully.
const MEMBERS_MAX: usize = 1_024;

/// Reads one event. The payload shares the document's memory where it can.
pub(crate) fn read(document: &Bytes) -> Result<Submission, Problem> {
    let text = std::str::from_utf8(document).map_err(|error| JsonError::NotUtf8(error.valid_up_to()))?;
    if text.trim_ascii().is_empty() {
        return Err(JsonError::Empty.into());
    }
    let Members(members) =
        serde_json::from_str(text).map_err(|error| JsonError::Malformed(error.to_string()))?;
    collect(document, &members)
}

/// Reads a line: an event if it is a JSON object with a member `specversion`, else none.
pub(crate) fn read_line(line: &Bytes) -> Option<Result<Submission, Problem>> {
    let text = std::str::from_utf8(line).ok()?;
    let Members(members) = serde_json::from_str(text).ok()?;
    members.iter().any(|(name, _)| name == "specversion").then(|| collect(line, &members))
}

/// Splits a JSON array into its elements.
pub(crate) fn split_batch(document: &Bytes) -> Result<Vec<Bytes>, Problem> {
    let text = std::str::from_utf8(document).map_err(|error| JsonError::NotUtf8(error.valid_up_to()))?;
    let elements: Vec<&RawValue> =
        serde_json::from_str(text).map_err(|error| JsonError::Malformed(error.to_string()))?;
    Ok(elements.into_iter().map(|element| document.slice_ref(element.get().as_bytes())).collect())
}

fn collect(document: &Bytes, members: &[(Cow<'_, str>, &RawValue)]) -> Result<Submission, Problem> {
    let mut collector = Collector::default();
    let (mut data, mut data_base64) = (None, None);
    for (name, raw) in members {
        match name.as_ref() {
            "data" if data.is_none() => data = Some(*raw),
            "data_base64" if data_base64.is_none() => data_base64 = (raw.get() != "null").then_some(*raw),
            "data" | "data_base64" => collector.fault(name, "was sent more than once; hint: send it once"),
            name => match attribute(raw.get()) {
                Ok(Some(value)) => collector.set(name, value),
                Ok(None) => {}
                Err(detail) => collector.fault(name, detail),
            },
        }
    }
    let payload = match (data, data_base64) {
        (None, None) => Payload::Absent,
        (Some(data), None) => {
            json::check_depth(data.get().as_bytes())?;
            value(document, collector.content_type(), data)
        }
        (None, Some(base64)) => decoded(base64).map_or_else(
            || {
                collector.fault("data_base64", "is not base64 (RFC 4648 with padding)");
                Payload::Absent
            },
            Payload::Decoded,
        ),
        (Some(_), Some(_)) => {
            collector.fault("data_base64", "stands beside `data`; hint: send one of them");
            Payload::Absent
        }
    };
    let event = collector.finish().map_err(faulty)?;
    Ok(Submission { payload, key: KeyChoice::SourceAndId, ..cloudevent::submission(event) })
}

/// Returns the payload of a `data` member. A text whose media type is not JSON stands for its own bytes; any other
/// value is JSON.
fn value(document: &Bytes, content_type: Option<&str>, data: &RawValue) -> Payload {
    if content_type.is_some_and(|content_type| !is_json_media_type(content_type))
        && let Ok(text) = serde_json::from_str::<String>(data.get())
    {
        return Payload::Decoded(Bytes::from(text));
    }
    Payload::Json(document.slice_ref(data.get().as_bytes()))
}

fn decoded(raw: &RawValue) -> Option<Bytes> {
    let text: Cow<'_, str> = serde_json::from_str::<Text<'_>>(raw.get()).ok()?.0;
    BASE64.decode(text.as_bytes()).ok().map(Bytes::from)
}

/// Reads an attribute's value; none for null, which means that it is not set.
fn attribute(raw: &str) -> Result<Option<ExtensionValue>, &'static str> {
    match raw.as_bytes().first() {
        Some(b'"') => {
            let text = serde_json::from_str(raw).map_err(|_error| "is not a text of Unicode characters")?;
            Ok(Some(ExtensionValue::Text(text)))
        }
        Some(b't') => Ok(Some(ExtensionValue::Boolean(true))),
        Some(b'f') => Ok(Some(ExtensionValue::Boolean(false))),
        Some(b'n') => Ok(None),
        Some(b'{' | b'[') => Err("is neither text, number nor boolean; hint: put it into `data`"),
        _ => {
            let number = raw.parse().map_err(|_error| "is no 32-bit integer; hint: write it as a text")?;
            Ok(Some(ExtensionValue::Integer(number)))
        }
    }
}

/// A text borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members of an object in their order, values as they stand there.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Walk;

        impl<'de> Visitor<'de> for Walk {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object with the event's attributes")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members<'de>, M::Error> {
                let mut members = Vec::with_capacity(12);
                while let Some(Text(name)) = map.next_key()? {
                    if members.len() == MEMBERS_MAX {
                        return Err(serde::de::Error::custom("more than 1,024 members"));
                    }
                    members.push((name, map.next_value()?));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Walk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Result<Submission, Problem> {
        read(&Bytes::from(text.to_owned()))
    }

    fn with(members: &str) -> Result<Submission, Problem> {
        of(&format!(r#"{{"specversion":"1.0","id":"1","source":"/a","type":"t"{members}}}"#))
    }

    fn bytes(submission: &Submission) -> &[u8] {
        match &submission.payload {
            Payload::Received(bytes) | Payload::Json(bytes) | Payload::Decoded(bytes) => bytes,
            Payload::Absent => b"absent",
        }
    }

    #[test]
    fn data_is_json_text_or_bytes_by_its_media_type() {
        assert_eq!(bytes(&with(r#","data":{"a": 1.00}"#).unwrap()), br#"{"a": 1.00}"#);
        assert_eq!(bytes(&with(r#","data":null"#).unwrap()), b"null");
        assert_eq!(bytes(&with(r#","data":"x""#).unwrap()), br#""x""#);
        let text = with(r#","datacontenttype":"text/plain","data":"a\u00e9\n""#).unwrap();
        assert_eq!(bytes(&text), "aé\n".as_bytes());
        let late = with(r#","data":"<a/>","datacontenttype":"application/xml""#).unwrap();
        assert_eq!(bytes(&late), b"<a/>");
        assert_eq!(bytes(&with(r#","data_base64":"AP8=""#).unwrap()), b"\0\xff");
        assert_eq!(bytes(&with(r#","data_base64":null,"subject":null"#).unwrap()), b"absent");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (members, field) in [
            (r#","data":1,"data_base64":"AA==""#, "data_base64"),
            (r#","data_base64":"AA""#, "data_base64"),
            (r#","data_base64":7"#, "data_base64"),
            (r#","data":1,"data":2"#, "data"),
            (r#","shard":1.5"#, "shard"),
            (r#","shard":2147483648"#, "shard"),
            (r#","region":{"a":1}"#, "region"),
            (r#","Region":"eu""#, "Region"),
            (r#","id":"2""#, "id"),
            (r#","time":"now""#, "time"),
        ] {
            let problem = with(members).unwrap_err();
            assert_eq!((problem.status.as_u16(), problem.code), (400, "invalid_cloudevent"), "{members}");
            assert_eq!(problem.errors[0].field, field, "{members}");
        }
        for malformed in ["", "[]", "{", "1", "{\"a\":\"\\ud800\"}x"] {
            assert_eq!(of(malformed).unwrap_err().code, "invalid_json", "{malformed}");
        }
        let deep = format!(r#","data":{}{}"#, "[".repeat(65), "]".repeat(65));
        assert_eq!(with(&deep).unwrap_err().code, "json_too_deep");
    }

    #[test]
    fn a_line_is_an_event_only_with_a_version_of_its_own() {
        let line = |text: &'static str| read_line(&Bytes::from_static(text.as_bytes()));
        assert!(line(r#"{"specversion":"1.0","id":"1","source":"/a","type":"t"}"#).unwrap().is_ok());
        assert!(line(r#"{"specversion":"1.0"}"#).unwrap().is_err());
        assert!(line(r#"{"data":{"specversion":"1.0"}}"#).is_none());
        assert!(line(r#""specversion""#).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_event_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let bytes = Bytes::from(bytes);
            let _ = (read(&bytes), read_line(&bytes), split_batch(&bytes));
        }

        #[test]
        fn any_member_is_read_or_refused(name in "[a-zA-Z0-9_]{0,24}", value in "[-\"\\{\\[0-9a-z.]{1,12}") {
            let _ = with(&format!(r#","{name}":{value}"#));
        }
    }
}
