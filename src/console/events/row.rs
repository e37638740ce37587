//! An event as a line of a list.

use crate::console::address::with_query;
use crate::console::words::{Moment, bytes, grouped, shortened};
use crate::domain::cursor::Cursor;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::time::Timestamp;
use crate::services::reading::{Page, StoredEvent};
use serde::Serialize;

/// Most characters of a text in a list; the event's own page has the rest.
const TEXT_LEN: usize = 64;

/// A line. The texts are somebody's: they are shown and never taken for markup.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// Sequence number, grouped.
    pub(super) seq: String,
    pub(super) address: String,
    pub(super) exact: String,
    /// The same, from now; whoever watches counts for himself.
    #[serde(skip)]
    pub(super) relative: String,
    #[serde(rename = "type")]
    pub(super) event_type: String,
    pub(super) source: String,
    pub(super) subject: String,
    pub(super) key: String,
    pub(super) size: String,
}

#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) rows: Vec<Row>,
    /// Where older events begin.
    pub(super) next: Option<Cursor>,
    /// Where newer ones end.
    pub(super) prev: Option<Cursor>,
}

impl Listed {
    pub(super) fn new(page: &Page, now: Timestamp) -> Self {
        let rows = page.events.iter().map(|event| Row::new(event, now)).collect();
        Self { rows, next: page.next, prev: page.prev }
    }
}

impl Row {
    pub(super) fn new(event: &StoredEvent, now: Timestamp) -> Self {
        let attributes = &event.attributes;
        let Moment { exact, relative } = Moment::new(event.received_at, now);
        let of = |text: Option<&str>| shortened(text.unwrap_or_default(), TEXT_LEN);
        Self {
            seq: grouped(event.seq.0),
            address: address(event.seq.0, event.tenant.as_str()),
            exact,
            relative,
            event_type: of(Some(&attributes.event_type)),
            source: of(Some(&attributes.source)),
            subject: of(attributes.subject.as_deref()),
            key: of(attributes.key.as_ref().map(IdempotencyKey::as_str)),
            size: bytes(event.payload.len() as u64),
        }
    }
}

/// Returns where an event's own page is.
pub(super) fn address(seq: u64, tenant: &str) -> String {
    with_query(&format!("/console/events/{seq}"), [("tenant", tenant)])
}
