//! A page of events.

use crate::api::events::event::EventJson;
use crate::services::reading::Page;
use schemars::JsonSchema;
use serde::Serialize;

/// A page of events. It may be short or empty while there is more.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Page")]
pub(crate) struct PageJson<'a> {
    events: Vec<EventJson<'a>>,
    /// The cursor behind the page; null at the end only.
    next: Option<String>,
    /// The cursor before the page; null at the beginning.
    prev: Option<String>,
}

impl<'a> From<&'a Page> for PageJson<'a> {
    fn from(page: &'a Page) -> Self {
        let [next, prev] = [page.next, page.prev].map(|cursor| cursor.map(|cursor| cursor.to_string()));
        Self { events: page.events.iter().map(EventJson).collect(), next, prev }
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
        let empty = serde_json::to_string(&PageJson::from(&Page::default())).unwrap();
        assert_eq!(empty, r#"{"events":[],"next":null,"prev":null}"#);
        let next = Some(Cursor { epoch: Some(Epoch(1)), seq: Seq(7) });
        let page = Page { events: vec![event(None, b"")], next, prev: None };
        let read: serde_json::Value =
            serde_json::from_str(&serde_json::to_string(&PageJson::from(&page)).unwrap()).unwrap();
        assert_eq!((&read["events"][0]["seq"], &read["next"]), (&7.into(), &"1.7".into()));
    }
}
