//! A page of events.

use crate::api::events::event::EventJson;
use crate::services::reading::Page;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{Serialize, SerializeSeq, SerializeStruct, Serializer};
use serde_json::json;
use std::borrow::Cow;

/// Writes `{"events":[…],"next":CURSOR|null,"prev":CURSOR|null}`.
#[derive(Debug)]
pub(crate) struct PageJson<'a>(pub &'a Page);

/// How a page stands in JSON.
impl JsonSchema for PageJson<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Page".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let cursor = |meaning: &str| json!({ "type": ["string", "null"], "description": meaning });
        json_schema!({
            "description": "A page of events. It may be short or empty while there is more.",
            "type": "object",
            "properties": {
                "events": { "type": "array", "items": generator.subschema_for::<EventJson<'_>>() },
                "next": cursor("The cursor behind the page; null at the end only."),
                "prev": cursor("The cursor before the page; null at the beginning."),
            },
            "required": ["events", "next", "prev"],
        })
    }
}

struct Events<'a>(&'a Page);

impl Serialize for PageJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut page = serializer.serialize_struct("Page", 3)?;
        page.serialize_field("events", &Events(self.0))?;
        page.serialize_field("next", &self.0.next.map(|cursor| cursor.to_string()))?;
        page.serialize_field("prev", &self.0.prev.map(|cursor| cursor.to_string()))?;
        page.end()
    }
}

impl Serialize for Events<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.events.len()))?;
        for event in &self.0.events {
            list.serialize_element(&EventJson(event))?;
        }
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::events::event::tests::event;
    use crate::domain::cursor::Cursor;
    use crate::domain::ids::{Epoch, Seq};

    #[test]
    fn a_page_has_cursors_in_both_directions() {
        let empty = serde_json::to_string(&PageJson(&Page::default())).unwrap();
        assert_eq!(empty, r#"{"events":[],"next":null,"prev":null}"#);
        let next = Some(Cursor { epoch: Some(Epoch(1)), seq: Seq(7) });
        let page = Page { events: vec![event(None, b"")], next, prev: None };
        let read: serde_json::Value =
            serde_json::from_str(&serde_json::to_string(&PageJson(&page)).unwrap()).unwrap();
        assert_eq!((&read["events"][0]["seq"], &read["next"]), (&7.into(), &"1.7".into()));
    }
}
