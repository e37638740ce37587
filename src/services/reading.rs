//! Events being read.

use crate::domain::cursor::Cursor;
use crate::domain::event::Attributes;
use crate::domain::idempotency::{IdempotencyKey, KeyHash};
use crate::domain::ids::{Epoch, Seq, TenantNumber};
use crate::domain::leaf::Leaf;
use crate::domain::names::Slug;
use crate::domain::patience::Patience;
use crate::domain::tenant::Tenant;
use crate::domain::time::Timestamp;
use crate::services::turns::Turns;
use crate::store::error::{ErrorChain, StoreError};
use crate::store::handle::Store;
use crate::store::read::reader::StoredRecord;
use crate::store::read::scan::{Direction, ScanRequest};
use crate::store::sequencer::queue::QueueError;
use bytes::Bytes;

/// Sources whose delivery ids a search by key alone looks through: each takes a turn of the sequencer.
const SOURCES_TRIED_MAX: usize = 64;

/// Most bytes that are checked, hashed or parsed on the threads that serve everybody: about half a millisecond.
pub(super) const INLINE_WORK_MAX: usize = 64 * 1024;

/// Reads events. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reading {
    store: Store,
    turns: Turns,
}

/// Most events of a page.
pub const LIMIT_MAX: usize = 1_000;

/// Events of a page when the request does not say.
pub const LIMIT_DEFAULT: usize = 100;

/// Which events, and where to go on. `after` and `before` are places in the listing's own order: with `after` the
/// page starts behind that event, with `before` it ends in front of it.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Go on behind this event.
    pub after: Option<Cursor>,
    /// The page in front of this event.
    pub before: Option<Cursor>,
    /// Most events of the page: 1 to `LIMIT_MAX`.
    pub limit: usize,
    /// How long to look without finding enough.
    pub patience: Patience,
    /// Oldest or newest first.
    pub order: Order,
    /// Which events.
    pub filter: Filter,
}

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Exactly this type.
    pub event_type: Option<String>,
    /// Exactly this source.
    pub source: Option<String>,
    /// Taken in at this instant or later.
    pub since: Option<Timestamp>,
    /// Taken in before this instant.
    pub until: Option<Timestamp>,
    /// Exactly this trace id.
    pub trace_id: Option<String>,
    /// Exactly this subject.
    pub subject: Option<String>,
    /// Done by exactly this actor: of events of the appliance itself.
    pub actor: Option<String>,
    /// Exactly this key, within its retention.
    pub key: Option<IdempotencyKey>,
}

/// Order of a listing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Oldest first.
    #[default]
    Ascending,
    /// Newest first.
    Descending,
}

/// An event out of the ledger.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// Place in the ledger.
    pub seq: Seq,
    /// Whose event it is.
    pub tenant: Slug,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// What it says about itself.
    pub attributes: Attributes,
    /// The body as received.
    pub payload: Bytes,
}

/// A page of a listing; may be shorter than its limit although there is more: `next` tells.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The events, in the order asked for.
    pub events: Vec<StoredEvent>,
    /// Give this as `after` for the page behind; none at the end.
    pub next: Option<Cursor>,
    /// Give this as `before` for the page in front; none at the beginning.
    pub prev: Option<Cursor>,
}

/// Why events could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No such event in this tenant.
    #[error("there is no such event")]
    NotFound,
    /// The cursor is of another epoch of the ledger.
    #[error("the cursor belongs to an earlier epoch of the ledger; hint: start again without a cursor")]
    StaleCursor,
    /// The cursor points behind the last event there is.
    #[error("the cursor lies beyond the ledger's last event; hint: start again without a cursor")]
    CursorAhead,
    /// Too many reads at once.
    #[error("too many reads at once; hint: try again in a second")]
    Busy,
    /// The store stopped after a failure.
    #[error("the store has stopped")]
    Stopped,
}

impl Reading {
    /// Stands on the store.
    pub fn new(store: Store) -> Self {
        Self { store, turns: Turns::default() }
    }

    /// Reads one page and makes of it what is wanted, both off the runtime's threads and before the next read's turn,
    /// so that no more pages lie in memory than reads run at once.
    pub async fn list<T: Send + 'static>(
        &self,
        tenant: &Tenant,
        query: Query,
        make: impl FnOnce(Page) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let plan = Plan::new(self.store.epoch(), &query)?;
        let keyed = match &query.filter.key {
            Some(key) => Some(self.find_key(tenant, key, query.filter.source.as_deref()).await?),
            None => None,
        };
        let (number, slug) = (tenant.number, tenant.slug.clone());
        self.blocking(Some(number), move |store| make(plan.read(store, number, &slug, &query, keyed)?)).await
    }

    /// Returns the place of the event that used a key last: one sent, or a delivery id of the source asked for, else of
    /// the tenant's first sources. Nothing is found at place 0.
    async fn find_key(
        &self,
        tenant: &Tenant,
        key: &IdempotencyKey,
        source: Option<&str>,
    ) -> Result<u64, ReadError> {
        let (instance_key, number) = (self.store.instance_key(), tenant.number);
        let of_source = |source: &str| KeyHash::of_source(instance_key, number, source, key);
        let mut hashes = Vec::new();
        hashes.extend(source.map(of_source));
        hashes.push(KeyHash::new(instance_key, number, key));
        if source.is_none() {
            let catalog = self.store.catalog();
            let sources = catalog.sources_of(number).take(SOURCES_TRIED_MAX);
            hashes.extend(sources.map(|source| of_source(source.name.as_str())));
        }
        for hash in hashes {
            if let Some(seq) = self.store.find_key(hash).await? {
                return Ok(seq);
            }
        }
        Ok(0)
    }

    /// Returns the place a cursor names, which must be one of the present ledger.
    pub(super) fn place(&self, cursor: Cursor) -> Result<u64, ReadError> {
        match cursor {
            Cursor { epoch: Some(other), .. } if other != self.store.epoch() => Err(ReadError::StaleCursor),
            Cursor { seq, .. } if seq.0 > self.store.last_seq() => Err(ReadError::CursorAhead),
            Cursor { seq, .. } => Ok(seq.0),
        }
    }

    /// Returns the place of the last event there is, of whichever tenant.
    pub fn newest(&self) -> Cursor {
        Cursor { epoch: Some(self.store.epoch()), seq: Seq(self.store.last_seq()) }
    }

    /// Returns the store, for services that follow it.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// Reads one event and makes of it what is wanted, as [`Self::list`] does.
    pub async fn find<T: Send + 'static>(
        &self,
        tenant: &Tenant,
        seq: Seq,
        make: impl FnOnce(StoredEvent) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let (number, slug) = (tenant.number, tenant.slug.clone());
        self.blocking(Some(number), move |store| {
            let found = store.find_of(number, seq.0)?.ok_or(ReadError::NotFound)?;
            make(StoredEvent::new(found, &slug))
        })
        .await
    }

    /// Reads what of one event is hashed into the ledger's tree.
    pub async fn leaf(&self, tenant: &Tenant, seq: Seq) -> Result<Leaf, ReadError> {
        let number = tenant.number;
        self.blocking(Some(number), move |store| {
            store.find_leaf_of(number, seq.0)?.ok_or(ReadError::NotFound)
        })
        .await
    }

    /// Reads one event of any tenant, for the appliance's own use.
    pub(super) async fn record(&self, seq: Seq) -> Result<StoredRecord, ReadError> {
        self.blocking(None, move |store| store.find(seq.0)?.ok_or(ReadError::NotFound)).await
    }

    /// Runs work that blocks on disk beside the threads that serve everybody, within the bounds of all reads.
    pub async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ReadError> {
        self.blocking(None, move |_store| Ok(work())).await
    }

    /// Runs work on so many bytes: little of it here, much of it beside the threads that serve everybody, within the
    /// bounds of all reads.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        len: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ReadError> {
        if len <= INLINE_WORK_MAX {
            return Ok(work());
        }
        self.beside(work).await
    }

    /// Runs a read on the blocking pool, at most so many at once, and of one tenant at most half of them: where one asks
    /// for more than is read in time, the others still get their turn.
    async fn blocking<T: Send + 'static>(
        &self,
        tenant: Option<TenantNumber>,
        read: impl FnOnce(&Store) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let turn = self.turns.take(tenant).await.ok_or(ReadError::Busy)?;
        let store = self.store.clone();
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            read(&store)
        });
        work.await.map_err(|_panicked| ReadError::Stopped)?
    }
}

impl StoredEvent {
    pub(super) fn new(record: StoredRecord, tenant: &Slug) -> Self {
        let StoredRecord { seq, received_at, attributes, payload, .. } = record;
        Self { seq, tenant: tenant.clone(), received_at, attributes, payload: payload.into() }
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %ErrorChain(&error), "Reading events failed");
        Self::Stopped
    }
}

impl From<QueueError> for ReadError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Full => Self::Busy,
            QueueError::Closed | QueueError::ReadOnly => Self::Stopped,
        }
    }
}

/// How a query walks: cursors are places in the listing's own order, walks go by sequence number.
#[derive(Clone, Copy, Debug)]
struct Plan {
    epoch: Epoch,
    direction: Direction,
    /// The page lies in front of a cursor: it is walked away from it and turned round.
    turned: bool,
    from: u64,
    to: u64,
    /// Where the walk begins, if a cursor says so.
    anchor: Option<u64>,
}

impl Plan {
    fn new(epoch: Epoch, query: &Query) -> Result<Self, ReadError> {
        let place = |cursor: Option<Cursor>| match cursor {
            Some(Cursor { epoch: Some(other), .. }) if other != epoch => Err(ReadError::StaleCursor),
            cursor => Ok(cursor.map(|cursor| cursor.seq.0)),
        };
        let (after, before) = (place(query.after)?, place(query.before)?);
        let turned = before.is_some() && after.is_none();
        let ascending = query.order == Order::Ascending;
        let direction = if ascending == turned { Direction::Backward } else { Direction::Forward };
        let (begin, end) = if turned { (before, after) } else { (after, before) };
        let behind = |seq: Option<u64>| seq.map_or(1, |seq| seq.saturating_add(1));
        let in_front = |seq: Option<u64>| seq.map_or(u64::MAX, |seq| seq.saturating_sub(1));
        let (from, to) = match direction {
            Direction::Forward => (behind(begin), in_front(end)),
            Direction::Backward => (in_front(begin), behind(end)),
        };
        Ok(Self { epoch, direction, turned, from, to, anchor: begin })
    }

    fn read(
        self,
        store: &Store,
        tenant: TenantNumber,
        slug: &Slug,
        query: &Query,
        keyed: Option<u64>,
    ) -> Result<Page, ReadError> {
        let filter = &query.filter;
        let (from, to) = match (keyed, self.direction) {
            (None, _) => (self.from, self.to),
            (Some(seq), Direction::Forward) => (self.from.max(seq), self.to.min(seq)),
            (Some(seq), Direction::Backward) => (self.from.min(seq), self.to.max(seq)),
        };
        let found = store.scan(ScanRequest {
            tenant,
            direction: self.direction,
            from,
            to,
            limit: query.limit.clamp(1, LIMIT_MAX),
            patience: query.patience,
            source: filter.source.as_deref(),
            event_type: filter.event_type.as_deref(),
            trace_id: filter.trace_id.as_deref(),
            subject: filter.subject.as_deref(),
            actor: filter.actor.as_deref(),
            since: filter.since,
            until: filter.until,
        })?;
        let mut events: Vec<_> =
            found.events.into_iter().map(|record| StoredEvent::new(record, slug)).collect();
        let onward = found.stopped_at.map(|seq| self.cursor(seq));
        let back = self.anchor.map(|anchor| self.cursor(self.beside(anchor)));
        if self.turned {
            events.reverse();
            return Ok(Page { events, next: back, prev: onward });
        }
        Ok(Page { events, next: onward, prev: back })
    }

    /// Returns the place from which a walk the other way meets the anchor first.
    fn beside(self, anchor: u64) -> u64 {
        match self.direction {
            Direction::Forward => anchor.saturating_add(1),
            Direction::Backward => anchor.saturating_sub(1),
        }
    }

    fn cursor(self, seq: u64) -> Cursor {
        Cursor { epoch: Some(self.epoch), seq: Seq(seq) }
    }
}
