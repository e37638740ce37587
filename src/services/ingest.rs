//! Events coming in.

use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::Seq;
use crate::domain::json::JsonError;
use crate::domain::names::{NameError, Slug};
use crate::domain::time::Timestamp;
use crate::services::access::Reach;
use bytes::Bytes;

/// Takes events in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ingest;

/// An event as a sender submits it, with what the edge could read from the request.
#[derive(Clone, Debug, Default)]
pub struct Submission {
    /// Source; none: the token's name.
    pub source: Option<String>,
    /// Type; none: `event`.
    pub event_type: Option<String>,
    /// What it is about.
    pub subject: Option<String>,
    /// Media type as sent.
    pub content_type: Option<String>,
    /// The key sent, if any.
    pub key: Option<IdempotencyKey>,
    /// Trace id out of `traceparent`.
    pub trace_id: Option<String>,
    /// The body.
    pub payload: Bytes,
}

/// What the sender prefers (`Prefer`, RFC 7240).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// `return=representation`: a repeat answers with the first receipt.
    pub representation: bool,
    /// `handling=strict`: a repeat with another payload is refused.
    pub strict: bool,
}

/// What became of a submission.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A new event.
    Stored(Receipt),
    /// A repeat of an event that is there already.
    Repeated {
        /// The first one's receipt; read from the ledger only when the sender prefers a representation.
        first: Option<Receipt>,
        /// The first one's place.
        seq: Seq,
        /// The key both share.
        key: String,
        /// Whether the payloads differ.
        mismatch: bool,
    },
}

/// What a sender gets for an event.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Place in the ledger.
    pub seq: Seq,
    /// Whose event it is.
    pub tenant: Slug,
    /// Source.
    pub source: String,
    /// Type.
    pub event_type: String,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// The key, sent or automatic.
    pub key: String,
}

/// Why an event was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// It claims to be JSON and is not.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Source or type are not acceptable.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Source, type, subject and the other attributes are too long together.
    #[error(
        "the event's attributes take {0} bytes; hint: keep them under 16 KiB, put the rest into the payload"
    )]
    AttributesTooLarge(usize),
    /// The key was used for another payload, and the sender or the tenant is strict.
    #[error(
        "the idempotency key was used for another payload in event {0}; hint: use a new key for a new event"
    )]
    KeyReused(Seq),
    /// The queue is full.
    #[error("the queue is full; hint: send again with the same key in a second")]
    QueueFull,
    /// The appliance is stopping.
    #[error("the appliance is stopping; hint: send again with the same key")]
    Draining,
    /// The disk is below its reserve.
    #[error("the disk is below its reserve; hint: free space on the appliance, then send again")]
    DiskReserve,
    /// The store stopped after a failure; the event may or may not be stored.
    #[error("the store has stopped; hint: send again with the same key")]
    Stopped,
}

impl Ingest {
    /// Takes one event in: answers after it is durable.
    pub async fn submit(
        &self,
        reach: &Reach,
        submission: Submission,
        preferences: Preferences,
    ) -> Result<Outcome, IngestError> {
        let _ = (self, reach, submission, preferences);
        std::process::abort()
    }
}
