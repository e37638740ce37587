//! Events being read.

use crate::domain::cursor::Cursor;
use crate::domain::event::Attributes;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::Seq;
use crate::domain::names::Slug;
use crate::domain::tenant::Tenant;
use crate::domain::time::Timestamp;
use bytes::Bytes;

/// Reads events. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reading;

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
    /// Too many reads at once.
    #[error("too many reads at once; hint: try again in a second")]
    Busy,
    /// The store stopped after a failure.
    #[error("the store has stopped")]
    Stopped,
}

impl Reading {
    /// Reads one page.
    pub async fn list(&self, tenant: &Tenant, query: Query) -> Result<Page, ReadError> {
        let _ = (self, tenant, query);
        std::process::abort()
    }

    /// Reads one event.
    pub async fn find(&self, tenant: &Tenant, seq: Seq) -> Result<StoredEvent, ReadError> {
        let _ = (self, tenant, seq);
        std::process::abort()
    }
}
