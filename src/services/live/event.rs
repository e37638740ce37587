//! One event on its way to all who follow its tenant.

use crate::services::reading::{Filter, StoredEvent};
use bytes::Bytes;
use std::sync::{Arc, OnceLock};
use tokio::sync::OwnedSemaphorePermit;

/// An event in memory, with what is written of it for clients: once, by the first who needs it.
#[derive(Debug)]
pub struct LiveEvent {
    event: StoredEvent,
    written: OnceLock<Bytes>,
    memory: Arc<Memory>,
}

/// An event's part of the memory of its tenant's followers and of all.
pub(super) type Memory = [OwnedSemaphorePermit; 2];

/// What was written of an event; its part of the memory goes with the last copy.
struct Written {
    bytes: Vec<u8>,
    _memory: Arc<Memory>,
}

impl AsRef<[u8]> for Written {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Which events are followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveFilter {
    /// Exactly this type.
    pub event_type: Option<String>,
    /// Exactly this source.
    pub source: Option<String>,
    /// Exactly this trace id.
    pub trace_id: Option<String>,
}

impl LiveEvent {
    pub(super) fn new(event: StoredEvent, memory: Memory) -> Self {
        Self { event, written: OnceLock::new(), memory: Arc::new(memory) }
    }

    /// Returns the event.
    pub fn event(&self) -> &StoredEvent {
        &self.event
    }

    /// Returns what is written of the event. All who follow must write the same.
    pub fn written(&self, write: impl FnOnce(&StoredEvent) -> Vec<u8>) -> Bytes {
        let make = || Written { bytes: write(&self.event), _memory: Arc::clone(&self.memory) };
        self.written.get_or_init(|| Bytes::from_owner(make())).clone()
    }
}

impl LiveFilter {
    /// Tells whether an event is one of those that are followed.
    pub fn takes(&self, event: &StoredEvent) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| Some(wanted) == found)
        };
        let attributes = &event.attributes;
        same(&self.event_type, Some(&attributes.event_type))
            && same(&self.source, Some(&attributes.source))
            && same(&self.trace_id, attributes.trace_id.as_deref())
    }
}

impl From<&LiveFilter> for Filter {
    fn from(filter: &LiveFilter) -> Self {
        let LiveFilter { event_type, source, trace_id } = filter.clone();
        Self { event_type, source, trace_id, ..Self::default() }
    }
}
