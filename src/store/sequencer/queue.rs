//! What waits for the sequencer, with its limits.

use crate::domain::idempotency::KeyHash;
use crate::domain::time::Timestamp;
use crate::platform::locks::lock;
use crate::store::catalog::Catalog;
use crate::store::effects::Effects;
use crate::store::error::StoreError;
use crate::store::record::draft::Draft;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Times the sequencer steps back for senders before it takes a batch.
const YIELDS_MAX: usize = 4;

/// Many events at once are taken only while no more than this part of the queue is full.
const BULK_SHARE: usize = 4;

/// What became of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A new event, durable by now.
    Stored {
        /// Its place.
        seq: u64,
        /// When it was taken in.
        received_at: Timestamp,
    },
    /// Its key was used before and is still honoured; that event is durable.
    Duplicate {
        /// Place of the event that used the key.
        seq: u64,
        /// Whether both payloads have the same fingerprint; none if that event is from before this start.
        same_payload: Option<bool>,
    },
    /// Not stored: the disk is below its reserve.
    BelowReserve,
    /// Not stored, because another event of those to be stored together could not be.
    HeldBack,
    /// Not stored, because its key was used for another payload and events to be stored together must match.
    Clash {
        /// Place of the event that used the key; none if it is one of those to be stored together.
        first: Option<u64>,
    },
}

/// What repeats mean for events that are stored together or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// They are left out; the rest is stored.
    LeaveOut,
    /// One with another payload than its first keeps all from being stored.
    MustMatch,
}

/// Decides a command against the catalog: effects, or none when refused. An error ends the store.
pub(in crate::store) type Decide =
    Box<dyn FnOnce(&Catalog, Timestamp) -> Result<Option<Effects>, StoreError> + Send>;

/// One thing for the sequencer to do.
pub(in crate::store) enum Item {
    /// Store an event.
    One(Draft, oneshot::Sender<Decision>),
    /// Store events, each for itself, in one answer.
    Many(Vec<Draft>, oneshot::Sender<Vec<Decision>>),
    /// Store all of the events or none, in one entry.
    Together(Vec<Draft>, Repeats, oneshot::Sender<Vec<Decision>>),
    /// Decide and carry out a command; answered when readers see its effects.
    Command(Decide, oneshot::Sender<()>),
    /// Write rows of workers; nobody waits.
    Effects(Effects),
    /// Find the event that used a key last.
    FindKey(KeyHash, oneshot::Sender<Option<u64>>),
    /// Write and sync an empty entry.
    Probe(oneshot::Sender<Duration>),
}

impl Item {
    /// Returns the events the item would have stored.
    pub(super) fn drafts_mut(&mut self) -> &mut [Draft] {
        match self {
            Self::One(draft, _) => std::slice::from_mut(draft),
            Self::Many(drafts, _) | Self::Together(drafts, _, _) => drafts,
            Self::Effects(_) | Self::Command(..) | Self::FindKey(..) | Self::Probe(_) => &mut [],
        }
    }

    /// Returns how many events and bytes the item counts for.
    fn weight(&self) -> (usize, usize) {
        match self {
            Self::One(draft, _) => (1, draft.len()),
            Self::Many(drafts, _) | Self::Together(drafts, _, _) => {
                (drafts.len(), drafts.iter().map(Draft::len).sum())
            }
            Self::Effects(effects) => (1, effects.len()),
            Self::Command(..) | Self::FindKey(..) | Self::Probe(_) => (1, 0),
        }
    }
}

/// Why an item was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// Too much waits already.
    #[error("the queue is full")]
    Full,
    /// The disk has no space even for recovery; the store only reads.
    #[error("the store only reads: its disk has no space left")]
    ReadOnly,
    /// The store is closing or has failed.
    #[error("the store has stopped")]
    Closed,
}

/// The queue.
pub(in crate::store) struct Queue {
    state: Mutex<State>,
    added: Condvar,
    events_max: usize,
    bytes_max: usize,
}

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    events: usize,
    bytes: usize,
    closed: bool,
    /// Closed because the store failed.
    abandoned: bool,
    /// The sequencer sleeps; only then is it worth a wake-up call.
    sleeping: bool,
}

impl Queue {
    pub(in crate::store) fn new(events_max: usize, bytes_max: usize) -> Self {
        Self { state: Mutex::default(), added: Condvar::new(), events_max, bytes_max }
    }

    /// Adds an item, unless too much waits; many events at once wait for a queue that is nearly empty, so that
    /// whoever sends much never keeps out who sends little. What is not taken is given back.
    pub(in crate::store) fn push(&self, item: Item) -> Result<(), (QueueError, Box<Item>)> {
        let rejected = |error, item| Err((error, Box::new(item)));
        let (events, bytes) = item.weight();
        let many = matches!(item, Item::Many(..) | Item::Together(..));
        let mut state = lock(&self.state);
        if state.closed {
            return rejected(QueueError::Closed, item);
        }
        // An empty queue takes any events: those too large for it would else be refused for ever.
        let alone = state.events == 0 && (many || matches!(item, Item::One(..)));
        let patient = many
            && (state.events > self.events_max / BULK_SHARE || state.bytes > self.bytes_max / BULK_SHARE);
        let fits = state.events + events <= self.events_max && state.bytes + bytes <= self.bytes_max;
        let room = alone || (fits && !patient);
        if !room {
            return rejected(QueueError::Full, item);
        }
        state.events += events;
        state.bytes += bytes;
        state.items.push_back(item);
        let wake = std::mem::take(&mut state.sleeping);
        drop(state);
        if wake {
            self.added.notify_one();
        }
        Ok(())
    }

    /// Takes what waits, up to so many events and bytes (at least one item); none when closed and empty.
    pub(super) fn take(&self, events_max: usize, bytes_max: usize) -> Option<Vec<Item>> {
        let mut state = lock(&self.state);
        while state.items.is_empty() {
            if state.closed {
                return None;
            }
            state.sleeping = true;
            state = self.added.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.sleeping = false;
        let mut state = self.yield_to_senders(state, events_max);
        let (mut taken, mut events, mut bytes) =
            (Vec::with_capacity(state.items.len().min(events_max)), 0, 0);
        while let Some(item) = state.items.front() {
            let (item_events, item_bytes) = item.weight();
            if !taken.is_empty() && (events + item_events > events_max || bytes + item_bytes > bytes_max) {
                break;
            }
            events += item_events;
            bytes += item_bytes;
            taken.extend(state.items.pop_front());
        }
        state.events -= events;
        state.bytes -= bytes;
        Some(taken)
    }

    /// Lets threads that are about to hand something in do so first, as long as more comes: a sync costs the same for
    /// many as for few. Where nobody else wants the processor this returns at once.
    fn yield_to_senders<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        enough: usize,
    ) -> MutexGuard<'a, State> {
        for _ in 0..YIELDS_MAX {
            let before = state.items.len();
            drop(state);
            std::thread::yield_now();
            state = lock(&self.state);
            if state.items.len() == before || state.items.len() >= enough {
                break;
            }
        }
        state
    }

    /// Returns how many events wait.
    pub(in crate::store) fn waiting(&self) -> usize {
        lock(&self.state).events
    }

    /// Takes nothing more; what waits is still carried out.
    pub(in crate::store) fn close(&self) {
        lock(&self.state).closed = true;
        self.added.notify_all();
    }

    /// Tells whether the store failed.
    pub(super) fn is_abandoned(&self) -> bool {
        lock(&self.state).abandoned
    }

    /// Takes nothing more and drops what waits, so that its senders learn.
    pub(in crate::store) fn abandon(&self) {
        let mut state = lock(&self.state);
        (state.closed, state.abandoned) = (true, true);
        state.items.clear();
        (state.events, state.bytes) = (0, 0);
        drop(state);
        self.added.notify_all();
    }
}
