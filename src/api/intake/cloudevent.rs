//! A CloudEvent as JSON (CloudEvents 1.0.2, JSON event format): a whole body, an element of a batch, or a line.

use crate::api::intake::binary::{self, faulty};
use crate::domain::cloudevent::{Collector, SPEC_VERSION};
use crate::domain::event::{ExtensionValue, is_json_media_type};
use crate::domain::json::{self, JsonError};
use crate::domain::names::{LABEL_LEN_MAX, LABEL_PATTERN};
use crate::http::problem::Problem;
use crate::http::value_schemas::MEDIA_TYPE_PATTERN;
use crate::services::ingest::{KeyChoice, Payload, Submission};
use bytes::Bytes;
use data_encoding::BASE64;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::json;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// How a CloudEvent that is sent stands in JSON.
pub(crate) enum CloudEventBody {}

impl JsonSchema for CloudEventBody {
    fn schema_name() -> Cow<'static, str> {
        "CloudEvent".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        let label = |max: usize| json!({ "type": "string", "minLength": 1, "maxLength": max, "pattern": LABEL_PATTERN });
        json_schema!({
            "description": "A CloudEvent (CloudEvents 1.0.2, JSON event format). Extension attributes stand beside the \
                            standard ones; `seq` and `tenant` are the appliance's own and refused.",
            "type": "object",
            "properties": {
                "specversion": { "const": SPEC_VERSION },
                "id": { "type": "string", "minLength": 1, "pattern": LABEL_PATTERN },
                "source": label(LABEL_LEN_MAX),
                "type": label(LABEL_LEN_MAX),
                "subject": { "type": ["string", "null"], "minLength": 1, "pattern": LABEL_PATTERN },
                "time": { "type": ["string", "null"], "format": "date-time" },
                "datacontenttype": { "type": ["string", "null"], "pattern": MEDIA_TYPE_PATTERN },
                "data": {},
                "data_base64": { "type": ["string", "null"], "contentEncoding": "base64" },
                "seq": false,
                "tenant": false,
            },
            "required": ["specversion", "id", "source", "type"],
            "not": { "required": ["data", "data_base64"] },
            "propertyNames": { "pattern": "^([a-z0-9]{1,20}|data_base64)$" },
            "additionalProperties": { "type": ["string", "integer", "boolean", "null"] },
        })
    }
}

/// Most members of one event: more than fit the bound on attributes usefully, few enough to be compared with each other.
const MEMBERS_MAX: usize = 256;

/// What a body must be.
const OBJECT: &str =
    "an object with an event's attributes; hint: an array of events is application/cloudevents-batch+json";

/// What a batch must be.
const ARRAY: &str = "an array of events; hint: a single one is application/cloudevents+json";

/// Reads one event. The payload shares the document's memory where it can.
pub(crate) fn read(document: &Bytes) -> Result<Submission, Problem> {
    let members: Members<'_> =
        serde_json::from_str(text_of(document)?).map_err(|error| json::malformed(&error, OBJECT))?;
    collect(document, &members)
}

/// Reads a line: an event if it is a JSON object with a member `specversion`, else none.
pub(crate) fn read_line(line: &Bytes) -> Option<Result<Submission, Problem>> {
    let text = std::str::from_utf8(line).ok()?;
    let members: Members<'_> = serde_json::from_str(text).ok()?;
    members.versioned.then(|| collect(line, &members))
}

/// Splits a JSON array into its elements, at most so many; fails with their number if there are more.
pub(crate) fn split_batch(document: &Bytes, most: usize) -> Result<Result<Vec<Bytes>, usize>, Problem> {
    let mut deserializer = serde_json::Deserializer::from_str(text_of(document)?);
    let walk = Elements { document, most };
    let split = deserializer.deserialize_seq(walk).and_then(|split| deserializer.end().map(|()| split));
    Ok(split.map_err(|error| json::malformed(&error, ARRAY))?)
}

fn text_of(document: &Bytes) -> Result<&str, JsonError> {
    let text = std::str::from_utf8(document).map_err(|error| JsonError::NotUtf8(error.valid_up_to()))?;
    if text.trim_ascii().is_empty() { Err(JsonError::Empty) } else { Ok(text) }
}

fn collect(document: &Bytes, members: &Members<'_>) -> Result<Submission, Problem> {
    let mut collector = Collector::default();
    let (mut data, mut data_base64) = (None, None);
    if members.overflow {
        collector.fault("members", "are more than 256; hint: put them into `data`");
    }
    for (name, raw) in &members.list {
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
        (None, None) => Ok(Payload::Absent),
        (Some(data), None) => {
            json::check_depth(data.get().as_bytes())?;
            let payload = value(document, collector.content_type(), data);
            payload.ok_or(("data", "is not a text of Unicode characters"))
        }
        (None, Some(base64)) => decoded(base64)
            .map(Payload::Decoded)
            .ok_or(("data_base64", "is not base64 (RFC 4648 with padding)")),
        (Some(_), Some(_)) => Err(("data_base64", "stands beside `data`; hint: send one of them")),
    };
    let payload = payload.unwrap_or_else(|(name, detail)| {
        collector.fault(name, detail);
        Payload::Absent
    });
    let event = collector.finish().map_err(faulty)?;
    Ok(Submission { payload, key: KeyChoice::SourceAndId, ..binary::submission(event) })
}

/// Returns the payload of a `data` member. A text whose media type is not JSON stands for its own bytes, of which there
/// are none if it is not Unicode; any other value is JSON.
fn value(document: &Bytes, content_type: Option<&str>, data: &RawValue) -> Option<Payload> {
    let is_json = content_type.is_none_or(is_json_media_type);
    if !is_json && data.get().starts_with('"') {
        return serde_json::from_str::<String>(data.get())
            .ok()
            .map(|text| Payload::Decoded(Bytes::from(text)));
    }
    Some(Payload::Json(document.slice_ref(data.get().as_bytes())))
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
struct Members<'a> {
    list: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// There are more than are kept.
    overflow: bool,
    /// One of them, kept or not, is the version.
    versioned: bool,
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Walk;

        impl<'de> Visitor<'de> for Walk {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(OBJECT)
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members<'de>, M::Error> {
                let mut members = Members { list: Vec::with_capacity(12), overflow: false, versioned: false };
                while let Some(Text(name)) = map.next_key()? {
                    members.versioned |= name == "specversion";
                    if members.list.len() == MEMBERS_MAX {
                        members.overflow = true;
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        members.list.push((name, map.next_value()?));
                    }
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Walk)
    }
}

/// Collects an array's elements as parts of the document.
struct Elements<'d> {
    document: &'d Bytes,
    most: usize,
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = Result<Vec<Bytes>, usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ARRAY)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut elements: S) -> Result<Self::Value, S::Error> {
        let mut split = Vec::new();
        while split.len() < self.most {
            match elements.next_element::<&RawValue>()? {
                Some(element) => split.push(self.document.slice_ref(element.get().as_bytes())),
                None => return Ok(Ok(split)),
            }
        }
        let mut count = split.len();
        while elements.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(if count == split.len() { Ok(split) } else { Err(count) })
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
            (r#","dataschema":5"#, "dataschema"),
            (r#","datacontenttype":"text""#, "datacontenttype"),
            (r#","datacontenttype":"text/plain","data":"\ud800""#, "data"),
        ] {
            let problem = with(members).unwrap_err();
            assert_eq!(
                (problem.status.as_u16(), problem.code.as_str()),
                (400, "invalid_cloudevent"),
                "{members}"
            );
            assert_eq!(problem.errors[0].field, field, "{members}");
        }
        for malformed in ["", "[]", "{", "1", "{\"a\":\"\\ud800\"}x"] {
            assert_eq!(of(malformed).unwrap_err().code, "invalid_json", "{malformed}");
        }
        let deep = format!(r#","data":{}{}"#, "[".repeat(65), "]".repeat(65));
        assert_eq!(with(&deep).unwrap_err().code, "json_too_deep");
    }

    #[test]
    fn problems_say_nothing_of_what_was_sent() {
        for text in [r#""card 4111""#, r#"["card 4111"]"#, r#"{"card 4111":}"#] {
            let problem = of(text).unwrap_err();
            assert!(!problem.detail.contains("4111"), "{}", problem.detail);
        }
        let batch = split_batch(&Bytes::from_static(br#"{"card 4111":1}"#), 9).unwrap_err();
        assert!(!batch.detail.contains("4111"), "{}", batch.detail);
    }

    #[test]
    fn a_batch_is_split_up_to_its_bound() {
        let split = |text: &'static str| split_batch(&Bytes::from_static(text.as_bytes()), 2);
        assert_eq!(split(" [1 , {}] ").unwrap().unwrap(), ["1", "{}"]);
        assert_eq!(split("[]").unwrap().unwrap().len(), 0);
        assert_eq!(split("[1,2,3,4]").unwrap(), Err(4));
        for malformed in ["[1,2,3", "[1]x", "[1,2,]", "{}", ""] {
            assert_eq!(split(malformed).unwrap_err().code, "invalid_json", "{malformed}");
        }
    }

    #[test]
    fn a_line_is_an_event_only_with_a_version_of_its_own() {
        let line = |text: &'static str| read_line(&Bytes::from_static(text.as_bytes()));
        assert!(line(r#"{"specversion":"1.0","id":"1","source":"/a","type":"t"}"#).unwrap().is_ok());
        assert!(line(r#"{"specversion":"1.0"}"#).unwrap().is_err());
        assert!(line(r#"{"data":{"specversion":"1.0"}}"#).is_none());
        assert!(line(r#""specversion""#).is_none());
        let many: String = (0..300).map(|number| format!(r#""a{number}":1,"#)).collect::<Vec<_>>().concat();
        let full = format!(r#"{{{many}"specversion":"1.0"}}"#);
        assert_eq!(read_line(&Bytes::from(full)).unwrap().unwrap_err().code, "invalid_cloudevent");
        assert!(read_line(&Bytes::from(format!(r#"{{{many}"a":{{"specversion":1}}}}"#))).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_event_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let bytes = Bytes::from(bytes);
            let _ = (read(&bytes), read_line(&bytes), split_batch(&bytes, 2));
        }

        #[test]
        fn any_member_is_read_or_refused(name in "[a-zA-Z0-9_]{0,24}", value in "[-\"\\{\\[0-9a-z.]{1,12}") {
            let _ = with(&format!(r#","{name}":{value}"#));
        }
    }
}
