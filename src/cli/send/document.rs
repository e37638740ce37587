//! A JSON document: one event, a CloudEvent, or an array of CloudEvents.

use crate::cli::send::batch::BYTE_ORDER_MARK;
use crate::cli::send::format::CloudEvents;
use crate::domain::json::{self, JsonError};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::ops::Range;

/// The media type of a CloudEvent in JSON.
pub(super) const CLOUD_EVENT: &str = "application/cloudevents+json";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Event {
        media_type: &'static str,
        /// Where its text begins, behind a byte order mark.
        start: usize,
    },
    /// An array of CloudEvents, by their places.
    Array(Vec<Range<usize>>),
}

pub(super) fn read(bytes: &[u8], cloud_events: CloudEvents) -> Result<Content, JsonError> {
    let text = json::check(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes))?;
    let start = bytes.len() - text.len();
    if cloud_events != CloudEvents::Never
        && let Some(places) = elements(text, start, cloud_events)
    {
        return Ok(Content::Array(places));
    }
    let media_type = match cloud_events {
        CloudEvents::Always => CLOUD_EVENT,
        CloudEvents::Recognized if has_version(text) => CLOUD_EVENT,
        CloudEvents::Recognized | CloudEvents::Never => "application/json",
    };
    Ok(Content::Event { media_type, start })
}

/// Returns the places of an array's elements if they are CloudEvents; the text begins at `start`.
fn elements(text: &str, start: usize, cloud_events: CloudEvents) -> Option<Vec<Range<usize>>> {
    let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    let all = || !elements.is_empty() && elements.iter().all(|element| has_version(element.get()));
    if cloud_events == CloudEvents::Recognized && !all() {
        return None;
    }
    let place = |element: &RawValue| {
        // Elements are slices of the text.
        let begin = start + (element.get().as_ptr() as usize - text.as_ptr() as usize);
        begin..begin + element.get().len()
    };
    Some(elements.into_iter().map(place).collect())
}

/// Tells whether a JSON text is an object with a member `specversion`.
fn has_version(text: &str) -> bool {
    let members = serde_json::from_str::<HashMap<String, &RawValue>>(text);
    members.is_ok_and(|members| members.contains_key("specversion"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn media_type(text: &str, cloud_events: CloudEvents) -> &'static str {
        match read(text.as_bytes(), cloud_events) {
            Ok(Content::Event { media_type, .. }) => media_type,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_object_with_a_version_is_a_cloud_event() {
        let event = r#"{"id":"1","specversion":"1.0"}"#;
        assert_eq!(media_type(event, CloudEvents::Recognized), CLOUD_EVENT);
        assert_eq!(media_type(event, CloudEvents::Never), "application/json");
        assert_eq!(media_type(r#"{"a":{"specversion":1}}"#, CloudEvents::Recognized), "application/json");
        assert_eq!(media_type("{}", CloudEvents::Always), CLOUD_EVENT);
        assert_eq!(media_type("[]", CloudEvents::Recognized), "application/json");
        assert_eq!(media_type("[{}]", CloudEvents::Recognized), "application/json");
    }

    #[test]
    fn an_array_of_cloud_events_is_taken_apart() {
        let text = "\u{feff}[ {\"specversion\":1},\n\t{\"specversion\":\n2} ]";
        let Ok(Content::Array(places)) = read(text.as_bytes(), CloudEvents::Recognized) else { panic!() };
        let texts: Vec<_> = places.iter().map(|place| text.get(place.clone()).unwrap()).collect();
        assert_eq!(texts, ["{\"specversion\":1}", "{\"specversion\":\n2}"]);
        assert_eq!(places[0].start, 5);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for nonsense in [&b""[..], b"{", b"{} {}", b"\xff"] {
            assert!(read(nonsense, CloudEvents::Recognized).is_err(), "{nonsense:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, CloudEvents::Always);
        }
    }
}
