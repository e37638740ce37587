//! A JSON document: one event, a CloudEvent, or an array of CloudEvents.

use crate::cli::send::cut::{BYTE_ORDER_MARK, Cut, cut_elements};
use crate::cli::send::format::CloudEvents;
use crate::domain::json::{self, JsonError};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Range;

/// Largest document: no appliance takes a longer event (`limits.body_bytes_max` is at most 64 MiB), and it is read into
/// memory whole.
pub(super) const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What a document holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// One event.
    Event {
        /// Its media type.
        media_type: &'static str,
        /// Its text, without a byte order mark.
        text: Vec<u8>,
    },
    /// An array of CloudEvents, cut into requests.
    Array(Vec<Cut>),
}

/// Reads a document.
pub(super) fn read(mut bytes: Vec<u8>, cloud_events: CloudEvents) -> Result<Content, JsonError> {
    let mark = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let text = json::check(bytes.get(mark..).unwrap_or_default())?;
    if cloud_events != CloudEvents::Never
        && let Some(elements) = elements(text, cloud_events)
    {
        let places: Vec<_> = elements.into_iter().map(|place| place.start + mark..place.end + mark).collect();
        return Ok(Content::Array(cut_elements(&bytes, &places)));
    }
    let media_type = match cloud_events {
        CloudEvents::Always => CLOUD_EVENT,
        CloudEvents::Recognized if has_version(text) => CLOUD_EVENT,
        CloudEvents::Recognized | CloudEvents::Never => "application/json",
    };
    bytes.drain(..mark);
    Ok(Content::Event { media_type, text: bytes })
}

/// The media type of a CloudEvent in JSON.
pub(super) const CLOUD_EVENT: &str = "application/cloudevents+json";

/// Returns the places of an array's elements if they are CloudEvents.
fn elements(text: &str, cloud_events: CloudEvents) -> Option<Vec<Range<usize>>> {
    let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    let all = || !elements.is_empty() && elements.iter().all(|element| has_version(element.get()));
    if cloud_events == CloudEvents::Recognized && !all() {
        return None;
    }
    let begin = text.as_ptr() as usize;
    let place = |element: &RawValue| {
        // Elements are slices of the text.
        let start = element.get().as_ptr() as usize - begin;
        start..start + element.get().len()
    };
    Some(elements.into_iter().map(place).collect())
}

/// Tells whether a JSON text is an object with a member `specversion`.
pub(super) fn has_version(text: &str) -> bool {
    serde_json::from_str::<Version>(text).is_ok_and(|version| version.0)
}

/// Whether an object has the member; every other member is passed over.
struct Version(bool);

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(VersionVisitor)
    }
}

struct VersionVisitor;

impl<'de> Visitor<'de> for VersionVisitor {
    type Value = Version;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Version, A::Error> {
        let mut found = false;
        while let Some(name) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            found |= name == "specversion";
            map.next_value::<IgnoredAny>()?;
        }
        Ok(Version(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn media_type(text: &str, cloud_events: CloudEvents) -> &'static str {
        match read(text.as_bytes().to_vec(), cloud_events) {
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
    fn an_array_of_cloud_events_is_sent_element_by_element() {
        let text = "\u{feff}[ {\"specversion\":1},\n\t{\"specversion\":\n2} ]";
        let Ok(Content::Array(cuts)) = read(text.as_bytes().to_vec(), CloudEvents::Recognized) else {
            panic!()
        };
        let [cut] = &*cuts else { panic!("{cuts:?}") };
        let texts: Vec<_> = cut.records.iter().map(|record| cut.text(record)).collect();
        assert_eq!(texts, [&b"{\"specversion\":1}"[..], b"{\"specversion\": 2}"]);
        assert_eq!(cut.offset, 5);
        assert!(text.as_bytes()[5..].starts_with(b"{"));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for nonsense in [&b""[..], b"{", b"{} {}", b"\xff"] {
            assert!(read(nonsense.to_vec(), CloudEvents::Recognized).is_err(), "{nonsense:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(bytes, CloudEvents::Always);
        }
    }
}
