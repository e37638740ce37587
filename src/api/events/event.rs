//! An event as CloudEvents 1.0 JSON, with the appliance's own members `seq`, `tenant`, `received_at` and
//! `idempotency_key` beside the standard ones and `traceid`, `actor`, `severity` as extension attributes.

use crate::domain::event::{DataForm, Severity, is_json_media_type};
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::names::Slug;
use crate::domain::time::Timestamp;
use crate::services::reading::StoredEvent;
use data_encoding::BASE64;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Members that are written here. Intake refuses extensions of such names; one that is there all the same is left out,
/// so that no member stands twice.
const OWN_MEMBERS: &[&str] = &[
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "datacontenttype",
    "data",
    "data_base64",
    "seq",
    "tenant",
    "received_at",
    "idempotency_key",
];

/// Writes a stored event as JSON without line breaks, so that it can stand on a line of its own.
#[derive(Debug)]
pub(crate) struct EventJson<'a>(pub &'a StoredEvent);

impl Serialize for EventJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = self.0;
        let attributes = &event.attributes;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("specversion", "1.0")?;
        match &attributes.sender_id {
            Some(id) => map.serialize_entry("id", id)?,
            None => map.serialize_entry("id", &event.seq.to_string())?,
        }
        map.serialize_entry("source", &attributes.source)?;
        map.serialize_entry("type", &attributes.event_type)?;
        optional(&mut map, "subject", attributes.subject.as_deref())?;
        optional(&mut map, "time", attributes.time.as_deref())?;
        optional(&mut map, "datacontenttype", attributes.content_type.as_deref())?;
        map.serialize_entry("seq", &event.seq)?;
        map.serialize_entry("tenant", event.tenant.as_str())?;
        map.serialize_entry("received_at", &event.received_at)?;
        optional(&mut map, "idempotency_key", attributes.key.as_ref().map(IdempotencyKey::as_str))?;
        for (name, value) in [
            ("traceid", attributes.trace_id.as_deref()),
            ("actor", attributes.actor.as_deref()),
            ("severity", attributes.severity.map(Severity::as_str)),
        ] {
            // A sender's extension of the name stands for itself.
            if !attributes.extensions.iter().any(|(known, _)| known == name) {
                optional(&mut map, name, value)?;
            }
        }
        for (name, value) in &attributes.extensions {
            if !OWN_MEMBERS.contains(&name.as_str()) {
                map.serialize_entry(name, value)?;
            }
        }
        match json_data(event) {
            _ if attributes.data_form == DataForm::Absent => {}
            Some(data) => {
                let data: &RawValue = serde_json::from_str(&data).expect("it was JSON before");
                map.serialize_entry("data", data)?;
            }
            None => map.serialize_entry("data_base64", &BASE64.encode(&event.payload))?,
        }
        map.end()
    }
}

/// How an event stands in JSON: what every one has, what it may have, and extensions beside them.
impl JsonSchema for EventJson<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Event".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = |meaning: &str| json!({ "type": "string", "description": meaning });
        json_schema!({
            "description": "A stored event: a CloudEvent with members of the appliance beside the standard ones. \
                            Extension attributes stand beside them.",
            "type": "object",
            "properties": {
                "specversion": { "const": "1.0" },
                "id": text("The sender's id, else the sequence number."),
                "source": text("Who sent it."),
                "type": text("What happened."),
                "subject": text("To what it happened."),
                "time": text("When it happened, as the sender wrote it."),
                "datacontenttype": text("The payload's media type."),
                "seq": { "type": "integer", "minimum": 1, "description": "Place in the ledger." },
                "tenant": generator.subschema_for::<Slug>(),
                "received_at": generator.subschema_for::<Timestamp>(),
                "idempotency_key": text("The key, sent or made."),
                "data": { "description": "The payload, if it is JSON." },
                "data_base64": text("The payload in base64, if it is not."),
            },
            "required": ["specversion", "id", "source", "type", "seq", "tenant", "received_at"],
            "additionalProperties": { "type": ["string", "integer", "boolean"] },
        })
    }
}

fn optional<M: SerializeMap>(map: &mut M, name: &str, value: Option<&str>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, value))
}

/// Returns the payload as JSON text without line breaks; none if it is not JSON, whatever it claims. In valid JSON a
/// line break can only stand between tokens.
fn json_data(event: &StoredEvent) -> Option<Cow<'_, str>> {
    let claimed = event.attributes.content_type.as_deref().is_some_and(is_json_media_type);
    if !claimed && event.attributes.data_form != DataForm::Json {
        return None;
    }
    let raw: &RawValue = serde_json::from_slice(&event.payload).ok()?;
    let text = raw.get();
    if text.contains(['\n', '\r']) {
        return Some(Cow::Owned(text.replace(['\n', '\r'], " ")));
    }
    Some(Cow::Borrowed(text))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::event::{Attributes, ExtensionValue};
    use crate::domain::ids::Seq;
    use crate::domain::names::Slug;
    use crate::domain::time::Timestamp;
    use bytes::Bytes;
    use proptest::prelude::*;

    pub(crate) fn event(content_type: Option<&str>, payload: &'static [u8]) -> StoredEvent {
        let mut attributes = Attributes::new("pos", "sale").unwrap();
        attributes.content_type = content_type.map(str::to_owned);
        StoredEvent {
            seq: Seq(7),
            tenant: Slug::parse("acme").unwrap(),
            received_at: Timestamp::from_micros(1),
            attributes,
            payload: Bytes::from_static(payload),
        }
    }

    fn json(event: &StoredEvent) -> String {
        serde_json::to_string(&EventJson(event)).unwrap()
    }

    #[test]
    fn a_json_payload_stands_there_as_it_was_sent() {
        assert_eq!(
            json(&event(Some("application/json"), b" {\"a\": 1.00,\r\n \"b\":\"\\n\"}\n")),
            r#"{"specversion":"1.0","id":"7","source":"pos","type":"sale","datacontenttype":"application/json","seq":7,"tenant":"acme","received_at":"1970-01-01T00:00:00.000001Z","data":{"a": 1.00,   "b":"\n"}}"#
        );
    }

    #[test]
    fn other_payloads_and_broken_json_are_base64() {
        assert!(json(&event(None, b"{}")).ends_with(r#","data_base64":"e30="}"#));
        assert!(json(&event(Some("text/plain"), b"\xff")).ends_with(r#","data_base64":"/w=="}"#));
        assert!(json(&event(Some("application/json"), b"{")).ends_with(r#","data_base64":"ew=="}"#));
    }

    #[test]
    fn optional_attributes_and_extensions_have_their_names() {
        let mut event = event(None, b"");
        event.attributes.subject = Some("order 7".into());
        event.attributes.time = Some("2026-01-01T00:00:00Z".into());
        event.attributes.sender_id = Some("A-1".into());
        event.attributes.trace_id = Some("4bf92f3577b34da6a3ce929d0e0e4736".into());
        event.attributes.actor = Some("owner".into());
        event.attributes.severity = Some(Severity::Warning);
        event.attributes.key = Some(IdempotencyKey::parse("k").unwrap());
        event.attributes.extensions = vec![
            ("shop".into(), ExtensionValue::Integer(4)),
            ("open".into(), ExtensionValue::Boolean(true)),
            ("dataschema".into(), ExtensionValue::Text("#s".into())),
            ("seq".into(), ExtensionValue::Text("forged".into())),
        ];
        let read: serde_json::Value = serde_json::from_str(&json(&event)).unwrap();
        for (name, value) in [
            ("id", "A-1"),
            ("subject", "order 7"),
            ("time", "2026-01-01T00:00:00Z"),
            ("traceid", "4bf92f3577b34da6a3ce929d0e0e4736"),
            ("actor", "owner"),
            ("severity", "warning"),
            ("idempotency_key", "k"),
            ("dataschema", "#s"),
        ] {
            assert_eq!(read[name], value, "{name}");
        }
        assert_eq!((&read["shop"], &read["open"], &read["seq"]), (&4.into(), &true.into(), &7.into()));
    }

    proptest! {
        #[test]
        fn any_payload_is_one_line_of_json(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut event = event(Some("application/json"), b"");
            event.payload = Bytes::from(bytes);
            let line = json(&event);
            prop_assert!(!line.contains(['\n', '\r']));
            prop_assert!(serde_json::from_str::<serde_json::Value>(&line).is_ok() || line.contains("\"data\":"));
        }
    }
}
