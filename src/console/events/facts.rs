//! What one event is, as a page tells it.

use crate::console::address::with_query;
use crate::console::events::payload::PayloadView;
use crate::console::words::{Moment, bytes, shortened};
use crate::domain::event::{ExtensionValue, KeyWindow, Severity};
use crate::domain::time::Timestamp;
use crate::services::ingest::KeyMemory;
use crate::services::reading::StoredEvent;

/// Most characters of an attribute shown; the API gives the rest.
const TEXT_LEN: usize = 600;

/// Most extension attributes shown, and most characters of each, for the same reason.
const EXTENSIONS_MAX: usize = 40;
const EXTENSION_LEN: usize = 160;

pub(super) struct EventView {
    pub(super) received: Moment,
    pub(super) facts: Vec<Fact>,
    pub(super) extensions: Vec<(String, String)>,
    pub(super) extensions_left: usize,
    pub(super) key: Option<KeyView>,
    pub(super) payload: PayloadView,
    pub(super) size: String,
}

/// One thing that is known of an event.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) text: String,
    /// Where others that have it in common are listed.
    pub(super) link: Option<String>,
}

/// Under which key repeats of an event are known.
pub(super) struct KeyView {
    pub(super) text: String,
    pub(super) origin: &'static str,
    pub(super) memory: Memory,
}

/// How long a key is remembered.
pub(super) enum Memory {
    Forever,
    Until(Moment),
    /// Until then, which is over.
    Ended(Moment),
}

impl EventView {
    /// Looks at an event; `memory` is what is known of its key.
    pub(super) fn new(event: &StoredEvent, memory: Option<KeyMemory>, now: Timestamp) -> Self {
        let attributes = &event.attributes;
        let extensions = attributes.extensions.iter().take(EXTENSIONS_MAX).map(|(name, value)| {
            let text = match value {
                ExtensionValue::Boolean(value) => value.to_string(),
                ExtensionValue::Integer(value) => value.to_string(),
                ExtensionValue::Text(text) => shortened(text, EXTENSION_LEN),
            };
            (shortened(name, EXTENSION_LEN), text)
        });
        let key = attributes.key.as_ref().zip(memory);
        Self {
            received: Moment::new(event.received_at, now),
            facts: facts(event),
            extensions: extensions.collect(),
            extensions_left: attributes.extensions.len().saturating_sub(EXTENSIONS_MAX),
            key: key.map(|(key, memory)| KeyView::new(key.as_str(), memory, event.received_at, now)),
            payload: PayloadView::new(event),
            size: bytes(event.payload.len() as u64),
        }
    }
}

fn facts(event: &StoredEvent) -> Vec<Fact> {
    let attributes = &event.attributes;
    let texts = [
        ("Type", Some(attributes.event_type.as_str()), "type"),
        ("Source", Some(attributes.source.as_str()), "source"),
        ("Subject", attributes.subject.as_deref(), ""),
        ("Sender's id", attributes.sender_id.as_deref(), ""),
        ("Time, as sent", attributes.time.as_deref(), ""),
        ("Media type", attributes.content_type.as_deref(), ""),
        ("Trace id", attributes.trace_id.as_deref(), "trace"),
        ("Actor", attributes.actor.as_deref(), ""),
        ("Severity", attributes.severity.map(Severity::as_str), ""),
    ];
    let fact = |(name, text, field): (_, Option<&str>, &'static str)| {
        let text = text?;
        let parameters = [("tenant", event.tenant.as_str()), (field, text)];
        let link = (!field.is_empty()).then(|| with_query("/console/events", parameters));
        Some(Fact { name, text: shortened(text, TEXT_LEN), link })
    };
    texts.into_iter().filter_map(fact).collect()
}

impl KeyView {
    fn new(text: &str, memory: KeyMemory, received_at: Timestamp, now: Timestamp) -> Self {
        let origin = if memory.is_automatic {
            "made by the appliance from source, type and payload"
        } else {
            "sent, or the delivery's own id"
        };
        let until = |window| Moment::new(received_at.saturating_add(window), now);
        let memory = match memory.window {
            KeyWindow::Lasting(window) if memory.window.honours(received_at, now) => {
                Memory::Until(until(window))
            }
            KeyWindow::Lasting(window) => Memory::Ended(until(window)),
            KeyWindow::Forever | KeyWindow::NoKey => Memory::Forever,
        };
        Self { text: text.to_owned(), origin, memory }
    }
}
