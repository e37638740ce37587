//! Who follows which tenant, how far each has been told, and the events on their way.

use crate::domain::ids::TenantNumber;
use crate::platform::locks::lock;
use crate::services::reading::{Filter, StoredEvent};
use bytes::Bytes;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, broadcast, watch};

/// Events of all tenants that one round of the hub looks at.
const ROUND_LEN: u64 = 4_096;

/// Batches a follower may be behind before it reads the ledger instead. A place takes some 50 bytes in every feed.
const BATCHES_MAX: usize = 32;

/// Memory of all events on their way, in KiB: a sixteenth of what the whole appliance may. An event that finds no room
/// is read out of the ledger by those who follow.
const MEMORY_KIB_MAX: usize = 16 * 1024;

/// The same for one tenant's events, so that slow readers of one do not send those of others to the ledger.
const FEED_KIB_MAX: usize = 4 * 1024;

/// Why following ends for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The appliance stops.
    Draining,
    /// The store has failed.
    Failed,
}

/// Learns of the end of following.
#[derive(Clone, Debug)]
pub struct Endings(watch::Receiver<Option<Ending>>);

impl Endings {
    /// Waits until following ends. May be given up while it waits.
    pub async fn ended(&mut self) -> Ending {
        let ended = self.0.wait_for(Option::is_some).await;
        ended.ok().and_then(|ended| *ended).unwrap_or(Ending::Failed)
    }
}

/// Events of one tenant, complete from behind one place through another.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) after: u64,
    pub(super) through: u64,
    pub(super) events: Vec<Arc<LiveEvent>>,
}

/// Who follows which tenant.
#[derive(Debug)]
pub(super) struct Feeds {
    state: Mutex<State>,
    /// Somebody follows where nobody did.
    pub(super) arrived: Notify,
    /// Every event up to this one has been handed on.
    passed: AtomicU64,
    ending: watch::Sender<Option<Ending>>,
    memory: Arc<Semaphore>,
}

/// Events by whose they are, each with the length of its attributes and payload in bytes.
pub(super) type ByTenant = HashMap<TenantNumber, Vec<(StoredEvent, usize)>>;

/// Taken for moments, by the hub twice a round and by who comes and goes.
#[derive(Debug, Default)]
struct State {
    feeds: HashMap<TenantNumber, Feed>,
    /// How far the hub's rounds go, the one under way included.
    position: u64,
}

#[derive(Debug)]
struct Feed {
    batches: broadcast::Sender<Arc<Batch>>,
    followers: usize,
    /// The feed's followers have been told of everything up to here.
    through: u64,
    memory: Arc<Semaphore>,
}

/// What one round of the hub covers.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) after: u64,
    pub(super) to: u64,
    pub(super) tenants: HashSet<TenantNumber>,
}

impl Feeds {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            arrived: Notify::new(),
            passed: AtomicU64::new(0),
            ending: watch::Sender::new(None),
            memory: Arc::new(Semaphore::new(MEMORY_KIB_MAX)),
        }
    }

    /// Adds a follower of a tenant. `last_seq` is asked for under the lock.
    pub(super) fn enter(
        &self,
        tenant: TenantNumber,
        last_seq: impl FnOnce() -> u64,
    ) -> (broadcast::Receiver<Arc<Batch>>, u64) {
        let mut state = lock(&self.state);
        let last = last_seq();
        if state.feeds.is_empty() {
            // Nobody was told of anything since.
            state.position = state.position.max(last);
            self.arrived.notify_one();
        }
        let through = state.position;
        let feed = state.feeds.entry(tenant).or_insert_with(|| Feed {
            batches: broadcast::Sender::new(BATCHES_MAX),
            followers: 0,
            through,
            memory: Arc::new(Semaphore::new(FEED_KIB_MAX)),
        });
        feed.followers += 1;
        (feed.batches.subscribe(), last)
    }

    /// Takes a follower away; a tenant that nobody follows any more is forgotten.
    pub(super) fn leave(&self, tenant: TenantNumber) {
        let mut state = lock(&self.state);
        if let Some(feed) = state.feeds.get_mut(&tenant) {
            feed.followers -= 1;
            if feed.followers == 0 {
                state.feeds.remove(&tenant);
            }
        }
    }

    /// Begins a round, if somebody follows and there are events behind the last one.
    pub(super) fn begin_round(&self, last_seq: u64) -> Option<Round> {
        let mut state = lock(&self.state);
        let after = state.position;
        if state.feeds.is_empty() || last_seq <= after {
            return None;
        }
        state.position = last_seq.min(after + ROUND_LEN);
        Some(Round { after, to: state.position, tenants: state.feeds.keys().copied().collect() })
    }

    /// Hands events on to those who follow their tenants.
    pub(super) fn hand_on(&self, through: u64, events: ByTenant) {
        let mut state = lock(&self.state);
        for (tenant, events) in events {
            let Some(feed) = state.feeds.get_mut(&tenant).filter(|feed| feed.through < through) else {
                continue;
            };
            let held: Option<Vec<_>> = events
                .into_iter()
                .map(|(event, len)| {
                    let memory = take_memory([&feed.memory, &self.memory], len)?;
                    Some(Arc::new(LiveEvent::new(event, memory)))
                })
                .collect();
            feed.tell(through, held);
        }
    }

    /// Tells who follows one of the tenants to read the ledger: nobody knows what came up to this place.
    pub(super) fn skip(&self, through: u64, tenants: &HashSet<TenantNumber>) {
        let mut state = lock(&self.state);
        for (_, feed) in state.feeds.iter_mut().filter(|(tenant, _)| tenants.contains(tenant)) {
            if feed.through < through {
                feed.tell(through, None);
            }
        }
    }

    /// Notes that everything up to a place was handed on.
    pub(super) fn pass(&self, through: u64) {
        self.passed.fetch_max(through, Ordering::Release);
    }

    /// Returns up to where everything was handed on: whoever then finds no batch waiting has got all of its own.
    pub(super) fn passed(&self) -> u64 {
        self.passed.load(Ordering::Acquire)
    }

    /// Ends following for everybody; only the first reason counts.
    pub(super) fn end(&self, why: Ending) {
        self.ending.send_if_modified(|ending| {
            let first = ending.is_none();
            ending.get_or_insert(why);
            first
        });
    }

    /// Tells whether following has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.ending.borrow().is_some()
    }

    /// Tells whether a round to this place would hand anything on.
    pub(super) fn is_behind(&self, last_seq: u64) -> bool {
        let state = lock(&self.state);
        !state.feeds.is_empty() && last_seq > state.position
    }

    /// Returns what learns of the end.
    pub(super) fn endings(&self) -> Endings {
        Endings(self.ending.subscribe())
    }

    /// Returns how many tenants are followed.
    pub(super) fn len(&self) -> usize {
        lock(&self.state).feeds.len()
    }
}

impl Feed {
    /// Sends a batch; one without its events sends the followers to the ledger.
    fn tell(&mut self, through: u64, events: Option<Vec<Arc<LiveEvent>>>) {
        let after = if events.is_some() { self.through } else { through };
        let batch = Batch { after, through, events: events.unwrap_or_default() };
        self.through = through;
        // The last follower may just be leaving.
        let _ = self.batches.send(Arc::new(batch));
    }
}

/// Takes the memory of an event of so many bytes, of what will be written of it (a payload in base64 is a third longer),
/// and a kibibyte for names and lists.
fn take_memory(pools: [&Arc<Semaphore>; 2], len: usize) -> Option<Memory> {
    let kib = u32::try_from((1024 + len.saturating_mul(5) / 2).div_ceil(1024)).ok()?;
    let [feed, all] = pools.map(|pool| Arc::clone(pool).try_acquire_many_owned(kib).ok());
    Some([feed?, all?])
}

/// An event in memory, with what is written of it for clients: once, by the first who needs it.
#[derive(Debug)]
pub struct LiveEvent {
    event: StoredEvent,
    written: OnceLock<Bytes>,
    memory: Arc<Memory>,
}

/// An event's part of the memory of its tenant's followers and of all.
type Memory = [OwnedSemaphorePermit; 2];

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
    fn new(event: StoredEvent, memory: Memory) -> Self {
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
