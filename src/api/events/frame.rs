//! Pieces of an event stream (WHATWG HTML, section 9.2, server-sent events), each ending in an empty line.
//!
//! An event has the type `message`, so that a browser's `onmessage` sees it, and as its id the cursor behind it. A piece
//! with an id alone dispatches nothing, but a reader that comes again sends that id.

use crate::domain::cursor::Cursor;
use bytes::Bytes;
use serde::Serialize;
use std::io::Write;

/// Appends an event: its cursor and its JSON, which has no line breaks.
pub(crate) fn push_event(bytes: &mut Vec<u8>, cursor: Cursor, event: &impl Serialize) {
    write!(bytes, "id: {cursor}\ndata: ").expect("a vector takes all that is written");
    serde_json::to_writer(&mut *bytes, event).expect("an event has a JSON form");
    bytes.extend_from_slice(b"\n\n");
}

/// Returns what a stream begins with: when a reader that was cut off may come again, and where it begins.
pub(crate) fn opening(retry_ms: u64, cursor: Cursor) -> Bytes {
    Bytes::from(format!("retry: {retry_ms}\nid: {cursor}\n\n"))
}

/// Returns what tells a reader that everything up to a cursor was given, or did not concern it.
pub(crate) fn progress(cursor: Cursor) -> Bytes {
    Bytes::from(format!("id: {cursor}\n\n"))
}

/// Returns what only shows that the stream is alive.
pub(crate) fn pulse() -> Bytes {
    Bytes::from_static(b":\n\n")
}

/// Returns why a stream ends, as problem details under an event type of their own.
pub(crate) fn problem(json: &[u8]) -> Bytes {
    Bytes::from([b"event: problem\ndata: ", json, b"\n\n"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::events::event::EventJson;
    use crate::api::events::event::tests::event;
    use crate::domain::ids::{Epoch, Seq};

    const CURSOR: Cursor = Cursor { epoch: Some(Epoch(2)), seq: Seq(7) };

    #[test]
    fn an_event_is_an_id_and_one_line_of_data() {
        let mut bytes = Vec::new();
        push_event(&mut bytes, CURSOR, &EventJson(&event(Some("application/json"), b"{\"a\":\r\n1}")));
        let text = String::from_utf8(bytes).unwrap();
        let json = text.strip_prefix("id: 2.7\ndata: ").unwrap().strip_suffix("\n\n").unwrap();
        assert!(!json.contains(['\n', '\r']), "{json}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(json).unwrap()["data"]["a"], 1);
    }

    #[test]
    fn the_other_pieces_dispatch_no_message() {
        assert_eq!(opening(2_000, CURSOR), "retry: 2000\nid: 2.7\n\n");
        assert_eq!(progress(CURSOR), "id: 2.7\n\n");
        assert_eq!(pulse(), ":\n\n");
        assert_eq!(problem(b"{}"), "event: problem\ndata: {}\n\n");
    }
}
