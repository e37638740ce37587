//! Events coming in.

use crate::domain::event::{Attributes, KeyWindow, NewEvent, is_json_media_type};
use crate::domain::idempotency::{IdempotencyKey, KeyHash};
use crate::domain::ids::Seq;
use crate::domain::json::{self, JsonError};
use crate::domain::names::{NameError, Slug, check_text};
use crate::domain::tenant::{MismatchPolicy, Tenant};
use crate::domain::time::Timestamp;
use crate::platform::entropy::Entropy;
use crate::services::access::Reach;
use crate::services::reading::{ReadError, Reading};
use crate::store::handle::Store;
use crate::store::record::draft::{Draft, DraftError};
use crate::store::sequencer::queue::{Decision, QueueError};
use bytes::Bytes;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

/// Largest payload checked and hashed on the threads that serve everybody: about half a millisecond.
const INLINE_WORK_MAX: usize = 64 * 1024;

/// Type of an event that does not say.
const DEFAULT_TYPE: &str = "event";

/// Takes events in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ingest {
    store: Store,
    /// Reads the first event of a repeat, within the bounds of all reads.
    reading: Reading,
    entropy: Arc<dyn Entropy>,
    policy: KeyPolicy,
    /// Keyed anew at every start: repeats are compared by 64 bits that nobody outside can aim at.
    fingerprints: RandomState,
}

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
        /// The repeat's own source.
        source: String,
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
    /// Stands on the store; `policy` says how long keys are honoured.
    pub fn new(store: Store, reading: Reading, entropy: Arc<dyn Entropy>, policy: KeyPolicy) -> Self {
        Self { store, reading, entropy, policy, fingerprints: RandomState::new() }
    }

    /// Takes one event in: answers after it is durable.
    pub async fn submit(
        &self,
        reach: &Reach,
        submission: Submission,
        preferences: Preferences,
    ) -> Result<Outcome, IngestError> {
        let tenant = &reach.tenant;
        let (event, draft) = self.prepared(reach, submission).await?;
        let decision = self.store.append(draft)?.await.map_err(|_closed| IngestError::Stopped)?;
        match decision {
            Decision::Stored { seq, received_at } => {
                Ok(Outcome::Stored(receipt(tenant, Seq(seq), received_at, event.attributes)))
            }
            Decision::Duplicate { seq, same_payload } => {
                self.repeated(tenant, event, Seq(seq), same_payload, preferences).await
            }
            Decision::BelowReserve => Err(IngestError::DiskReserve),
        }
    }

    /// Checks a submission and makes its record, a large one beside the threads that serve everybody.
    async fn prepared(
        &self,
        reach: &Reach,
        submission: Submission,
    ) -> Result<(NewEvent, Draft), IngestError> {
        if submission.payload.len() <= INLINE_WORK_MAX {
            return self.prepare(reach, submission);
        }
        let (ingest, reach) = (self.clone(), reach.clone());
        self.reading.beside(move || ingest.prepare(&reach, submission)).await?
    }

    fn prepare(&self, reach: &Reach, submission: Submission) -> Result<(NewEvent, Draft), IngestError> {
        let event = self.checked(reach, submission)?;
        let fingerprint = self.fingerprint(&event.payload);
        let draft = Draft::new(reach.tenant.number, &event, fingerprint, self.entropy.as_ref())?;
        Ok((event, draft))
    }

    /// Checks a submission and chooses its key.
    fn checked(&self, reach: &Reach, submission: Submission) -> Result<NewEvent, IngestError> {
        let Submission { source, event_type, subject, content_type, key, trace_id, payload } = submission;
        let source = source.as_deref().unwrap_or(&reach.token.name);
        let mut attributes = Attributes::new(source, event_type.as_deref().unwrap_or(DEFAULT_TYPE))?;
        if let Some(subject) = &subject {
            // It may be long: all attributes together have a bound.
            check_text("subject", subject)?;
        }
        if content_type.as_deref().is_some_and(is_json_media_type) {
            json::check(&payload)?;
        }
        let instance_key = self.store.instance_key();
        let (key, key_window) = match key {
            Some(key) => (key, self.policy.sent_window(&reach.tenant)),
            None => (
                IdempotencyKey::automatic(instance_key, &attributes.source, &attributes.event_type, &payload),
                self.policy.automatic_window(&reach.tenant),
            ),
        };
        attributes.subject = subject;
        attributes.content_type = content_type;
        attributes.trace_id = trace_id;
        attributes.key_hash = Some(KeyHash::new(instance_key, reach.tenant.number, &key));
        attributes.key = Some(key);
        Ok(NewEvent { attributes, payload, key_window })
    }

    fn fingerprint(&self, payload: &[u8]) -> u64 {
        self.fingerprints.hash_one(payload)
    }

    async fn repeated(
        &self,
        tenant: &Arc<Tenant>,
        event: NewEvent,
        seq: Seq,
        same_payload: Option<bool>,
        preferences: Preferences,
    ) -> Result<Outcome, IngestError> {
        let first = if preferences.representation || same_payload.is_none() {
            Some(self.reading.record(seq).await?)
        } else {
            None
        };
        let same = match (same_payload, &first) {
            (Some(same), _) => same,
            (None, Some(first)) => first.payload == event.payload,
            (None, None) => true,
        };
        let strict = preferences.strict || tenant.settings.mismatch == MismatchPolicy::Refuse;
        if !same && strict {
            return Err(IngestError::KeyReused(seq));
        }
        let key = event.attributes.key.as_ref().map(IdempotencyKey::to_string).unwrap_or_default();
        let first = first
            .filter(|_| preferences.representation)
            .map(|first| receipt(tenant, seq, first.received_at, first.attributes));
        let source = event.attributes.source;
        Ok(Outcome::Repeated { first, seq, source, key, mismatch: !same })
    }
}

fn receipt(tenant: &Tenant, seq: Seq, received_at: Timestamp, attributes: Attributes) -> Receipt {
    Receipt {
        seq,
        tenant: tenant.slug.clone(),
        source: attributes.source,
        event_type: attributes.event_type,
        received_at,
        key: attributes.key.map(|key| key.to_string()).unwrap_or_default(),
    }
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

/// How long keys are honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPolicy {
    /// Keys that were sent; none: for ever.
    pub retention: Option<Duration>,
    /// Automatic keys.
    pub automatic: Duration,
}

impl KeyPolicy {
    /// Keys of a tenant are honoured as long as its settings say, at most as long as the appliance's.
    fn sent_window(&self, tenant: &Tenant) -> KeyWindow {
        match (self.retention, tenant.settings.key_retention) {
            (None, None) => KeyWindow::Forever,
            (Some(window), None) | (None, Some(window)) => KeyWindow::Lasting(window),
            (Some(most), Some(window)) => KeyWindow::Lasting(window.min(most)),
        }
    }

    fn automatic_window(&self, tenant: &Tenant) -> KeyWindow {
        match self.sent_window(tenant) {
            KeyWindow::Lasting(window) => KeyWindow::Lasting(window.min(self.automatic)),
            _ => KeyWindow::Lasting(self.automatic),
        }
    }
}
