//! What became of a submission.

use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::Seq;
use crate::domain::json::JsonError;
use crate::domain::names::NameError;
use crate::domain::tenant::Tenant;
use crate::domain::time::Timestamp;
use crate::services::reading::ReadError;
use crate::store::record::draft::DraftError;
use crate::store::sequencer::queue::QueueError;
use std::sync::Arc;

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
        /// The repeat's own source.
        source: String,
        /// The key both share.
        key: Option<IdempotencyKey>,
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
    pub tenant: Arc<Tenant>,
    /// Source.
    pub source: String,
    /// Type.
    pub event_type: String,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// The key, sent or made; none if repeats are not looked for.
    pub key: Option<IdempotencyKey>,
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
    /// All events of a batch that is stored as one are too large together.
    #[error(
        "the events take {0} bytes together and the journal can take at most {1} at once; hint: send fewer, or leave atomic=true out"
    )]
    BatchTooLarge(usize, usize),
    /// The key was used for another payload, and the sender or the tenant is strict.
    #[error(
        "the idempotency key was used for another payload in event {0}; hint: use a new key for a new event"
    )]
    KeyReused(Seq),
    /// The same, where both events are in one batch that is stored as one.
    #[error(
        "the idempotency key is used for another payload earlier in the batch; hint: use a new key for a new event"
    )]
    KeyReusedBeside,
    /// Another event of a batch that is stored as one was refused.
    #[error("another event of the batch was refused; hint: correct that one and send the whole batch again")]
    HeldBack,
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

impl From<ReadError> for IngestError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Busy => Self::QueueFull,
            ReadError::NotFound | ReadError::StaleCursor | ReadError::CursorAhead | ReadError::Stopped => {
                Self::Stopped
            }
        }
    }
}

impl From<QueueError> for IngestError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Full => Self::QueueFull,
            QueueError::Closed => Self::Draining,
            QueueError::ReadOnly => Self::DiskReserve,
        }
    }
}

impl From<DraftError> for IngestError {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::AttributesTooLarge(length) => Self::AttributesTooLarge(length),
            DraftError::PayloadTooLarge => unreachable!("bodies are bounded far below 4 GiB"),
        }
    }
}

impl IngestError {
    /// Tells whether it says nothing against the event: the same event may be taken in a moment later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::QueueFull | Self::Draining | Self::DiskReserve | Self::Stopped)
    }
}
