//! One event at a time, and how long keys are honoured.

use crate::config::Config;
use crate::domain::event::{Attributes, KeyWindow, NewEvent, is_json_media_type};
use crate::domain::idempotency::{IdempotencyKey, KeyHash};
use crate::domain::ids::Seq;
use crate::domain::json;
use crate::domain::names::check_text;
use crate::domain::tenant::{MismatchPolicy, Tenant};
use crate::platform::entropy::Entropy;
use crate::services::ingest::outcome::{IngestError, Outcome, Receipt};
use crate::services::ingest::submission::{KeyChoice, Payload, Preferences, Submission};
use crate::services::reading::{INLINE_WORK_MAX, Reading, StoredEvent};
use crate::services::usage::Usage;
use crate::store::handle::Store;
use crate::store::record::draft::Draft;
use crate::store::sequencer::queue::Decision;
use arc_swap::ArcSwap;
use bytes::Bytes;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

/// Type of an event that does not say.
const DEFAULT_TYPE: &str = "event";

/// What is kept of an event while its record is decided about: little, because thousands wait at once.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    source: String,
    event_type: String,
    key: Option<IdempotencyKey>,
    pub(super) payload: Bytes,
}

/// Takes events in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ingest {
    pub(super) store: Store,
    /// Reads the first event of a repeat, within the bounds of all reads.
    pub(super) reading: Reading,
    entropy: Arc<dyn Entropy>,
    /// Changes while the appliance runs.
    policy: Arc<ArcSwap<KeyPolicy>>,
    pub(super) usage: Usage,
    /// Keyed anew at every start: repeats are compared by 64 bits that nobody outside can aim at.
    fingerprints: RandomState,
}

impl Ingest {
    /// Stands on the store; `policy` says how long keys are honoured.
    pub fn new(
        store: Store,
        reading: Reading,
        entropy: Arc<dyn Entropy>,
        policy: KeyPolicy,
        usage: Usage,
    ) -> Self {
        let policy = Arc::new(ArcSwap::from_pointee(policy));
        Self { store, reading, entropy, policy, usage, fingerprints: RandomState::new() }
    }

    /// Says anew how long keys are honoured; what is stored keeps its window.
    pub fn set_policy(&self, policy: KeyPolicy) {
        self.policy.store(Arc::new(policy));
    }

    /// Tells what is known of a stored event's key; none without one. Hashes the payload.
    pub fn key_memory(&self, tenant: &Tenant, event: &StoredEvent) -> Option<KeyMemory> {
        let Attributes { source, event_type, key, .. } = &event.attributes;
        let key = key.as_ref()?;
        let made = IdempotencyKey::automatic(self.store.instance_key(), source, event_type, &event.payload);
        let (policy, is_automatic) = (self.policy.load(), *key == made);
        let window = if is_automatic { policy.automatic_window(tenant) } else { policy.sent_window(tenant) };
        Some(KeyMemory { is_automatic, window })
    }

    /// Runs work on so many bytes: little of it here, much of it beside the threads that serve everybody.
    pub async fn beside<T: Send + 'static>(
        &self,
        len: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, IngestError> {
        Ok(self.reading.work(len, work).await?)
    }

    /// Returns the most bytes that the records of events stored all together may take.
    pub fn together_bytes_max(&self) -> usize {
        self.store.together_bytes_max()
    }

    /// Takes one event in: answers after it is durable.
    pub async fn submit(
        &self,
        tenant: &Arc<Tenant>,
        submission: Submission,
        preferences: Preferences,
    ) -> Result<Outcome, IngestError> {
        let (event, draft) = if submission.payload.len() <= INLINE_WORK_MAX {
            self.prepare(tenant, submission)?
        } else {
            let (ingest, tenant, len) = (self.clone(), Arc::clone(tenant), submission.payload.len());
            Box::pin(self.reading.work(len, move || ingest.prepare(&tenant, submission))).await??
        };
        let decision = self.store.append(draft)?.await.map_err(|_closed| IngestError::Stopped)?;
        if matches!(decision, Decision::Stored { .. }) {
            self.usage.stored(tenant.number, 1, event.payload.len());
        }
        self.outcome(tenant, event, decision, preferences).await
    }

    /// Checks a submission and makes its record.
    pub(super) fn prepare(
        &self,
        tenant: &Tenant,
        submission: Submission,
    ) -> Result<(Kept, Draft), IngestError> {
        let event = self.checked(tenant, submission)?;
        let fingerprint = self.fingerprints.hash_one(&event.payload[..]);
        let draft = Draft::new(tenant.number, &event, fingerprint, self.entropy.as_ref())?;
        let NewEvent { attributes: Attributes { source, event_type, key, .. }, payload, .. } = event;
        Ok((Kept { source, event_type, key, payload }, draft))
    }

    /// Checks a submission and chooses its key.
    fn checked(&self, tenant: &Tenant, submission: Submission) -> Result<NewEvent, IngestError> {
        let Submission { source, event_type, subject, time, content_type, sender_id, .. } = submission;
        let mut attributes =
            Attributes::named(source, event_type.unwrap_or_else(|| DEFAULT_TYPE.to_owned()))?;
        if let Some(subject) = &subject {
            // It may be long: all attributes together have a bound.
            check_text("subject", subject)?;
        }
        if let Payload::Received(bytes) = &submission.payload
            && content_type.as_deref().is_some_and(is_json_media_type)
        {
            json::check(bytes)?;
        }
        let (payload, data_form) = submission.payload.into_parts();
        let of_source = matches!(submission.key, KeyChoice::Delivered(_));
        let sent_window = || self.policy.load().sent_window(tenant);
        let (key, key_window) = match submission.key {
            KeyChoice::Sent(key) | KeyChoice::Delivered(key) => (Some(key), sent_window()),
            KeyChoice::SourceAndId => {
                let id = sender_id.as_deref().unwrap_or_default();
                (Some(IdempotencyKey::derived(format!("{}#{id}", attributes.source))), sent_window())
            }
            KeyChoice::Automatic => {
                let (source, event_type) = (&attributes.source, &attributes.event_type);
                let key = IdempotencyKey::automatic(self.store.instance_key(), source, event_type, &payload);
                (Some(key), self.policy.load().automatic_window(tenant))
            }
            KeyChoice::None => (None, KeyWindow::NoKey),
        };
        let (instance_key, number) = (self.store.instance_key(), tenant.number);
        attributes.key_hash = key.as_ref().map(|key| {
            if of_source {
                KeyHash::of_source(instance_key, number, &attributes.source, key)
            } else {
                KeyHash::new(instance_key, number, key)
            }
        });
        let (trace_id, extensions) = (submission.trace_id, submission.extensions);
        let attributes = Attributes {
            subject,
            time,
            content_type,
            trace_id,
            key,
            sender_id,
            extensions,
            data_form,
            ..attributes
        };
        Ok(NewEvent { attributes, payload, key_window })
    }

    /// Makes of a decision what the sender learns; the caller counts what was stored.
    pub(super) async fn outcome(
        &self,
        tenant: &Arc<Tenant>,
        event: Kept,
        decision: Decision,
        preferences: Preferences,
    ) -> Result<Outcome, IngestError> {
        match decision {
            Decision::Stored { seq, received_at } => {
                let Kept { source, event_type, key, .. } = event;
                let tenant = Arc::clone(tenant);
                Ok(Outcome::Stored(Receipt { seq: Seq(seq), tenant, source, event_type, received_at, key }))
            }
            Decision::Duplicate { seq, same_payload } => {
                self.usage.repeated(tenant.number);
                // Boxed, so that new events do not carry the room.
                Box::pin(self.repeated(tenant, event, Seq(seq), same_payload, preferences)).await
            }
            Decision::BelowReserve => Err(IngestError::DiskReserve),
            Decision::HeldBack => Err(IngestError::HeldBack),
            Decision::Clash { first: Some(seq) } => Err(IngestError::KeyReused(Seq(seq))),
            Decision::Clash { first: None } => Err(IngestError::KeyReusedBeside),
        }
    }

    async fn repeated(
        &self,
        tenant: &Arc<Tenant>,
        event: Kept,
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
        if !same && is_strict(tenant, preferences) {
            return Err(IngestError::KeyReused(seq));
        }
        let first = first.filter(|_| preferences.representation).map(|first| {
            let (tenant, received_at) = (Arc::clone(tenant), first.received_at);
            let Attributes { source, event_type, key, .. } = first.attributes;
            Receipt { seq, tenant, source, event_type, received_at, key }
        });
        let Kept { source, key, .. } = event;
        Ok(Outcome::Repeated { first, seq, source, key, mismatch: !same })
    }
}

/// Tells whether a repeat with another payload is refused.
pub(super) fn is_strict(tenant: &Tenant, preferences: Preferences) -> bool {
    preferences.strict || tenant.settings.mismatch == MismatchPolicy::Refuse
}

/// What is known of a stored event's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyMemory {
    /// Whether it was made from the event.
    pub is_automatic: bool,
    /// How long repeats are known from the first on, as the settings are now.
    pub window: KeyWindow,
}

/// How long keys are honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPolicy {
    /// Keys that were sent; none: for ever.
    pub retention: Option<Duration>,
    /// Automatic keys.
    pub automatic: Duration,
}

impl From<&Config> for KeyPolicy {
    fn from(config: &Config) -> Self {
        let keys = &config.idempotency;
        Self { retention: keys.retention.limit(), automatic: keys.auto_window }
    }
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
