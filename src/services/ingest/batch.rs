//! Many events in one go: prepared together, handed in together, each decided for itself or all as one.

use crate::domain::tenant::Tenant;
use crate::services::ingest::intake::{Ingest, Kept, is_strict};
use crate::services::ingest::outcome::{IngestError, Outcome};
use crate::services::ingest::submission::{Preferences, Submission};
use crate::store::handle::Decisions;
use crate::store::record::draft::Draft;
use crate::store::sequencer::queue::{Decision, QueueError, Repeats};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// First and longest pause before many events are handed in again after the queue was full; each is twice the one
/// before.
const FULL_PAUSE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));

/// Submissions that were checked, with the records of the acceptable ones.
#[derive(Debug, Default)]
pub struct Prepared {
    /// What each submission became, in their order.
    checked: Vec<Result<Kept, IngestError>>,
    drafts: Vec<Draft>,
}

/// Events on their way: handed in, or refused before that.
#[derive(Debug)]
pub struct Portion {
    tenant: Arc<Tenant>,
    preferences: Preferences,
    /// What each submission became, in their order; the acceptable ones wait for the decisions.
    checked: Vec<Result<Kept, IngestError>>,
    decisions: Result<Decisions, IngestError>,
}

/// What each of several submissions became, in their order.
pub type Outcomes = Vec<Result<Outcome, IngestError>>;

impl Prepared {
    /// Makes room for so many submissions.
    pub fn with_capacity(count: usize) -> Self {
        Self { checked: Vec::with_capacity(count), drafts: Vec::with_capacity(count) }
    }
}

impl Ingest {
    /// Checks a submission and makes its record; a refused one keeps its place.
    pub fn prepare_into(&self, prepared: &mut Prepared, tenant: &Tenant, submission: Submission) {
        let checked = self.prepare(tenant, submission).map(|(kept, draft)| {
            prepared.drafts.push(draft);
            kept
        });
        prepared.checked.push(checked);
    }

    /// Hands events in, each to be decided for itself. While the queue is full this waits, at most `patience`.
    pub async fn hand_in(
        &self,
        tenant: &Arc<Tenant>,
        prepared: Prepared,
        preferences: Preferences,
        patience: Duration,
    ) -> Portion {
        let (tenant, Prepared { checked, drafts }) = (Arc::clone(tenant), prepared);
        let append = |drafts| self.store.append_many(drafts);
        let decisions = append_patiently(drafts, patience, append).await;
        Portion { tenant, preferences, checked, decisions }
    }

    /// Takes events in all together or not at all: repeats do not keep the others out, unless the sender or the tenant
    /// is strict and their payloads differ. If any is refused, none is stored: the others are
    /// [`IngestError::HeldBack`]. While the queue is full this waits, at most `patience`.
    pub async fn submit_together(
        &self,
        tenant: &Arc<Tenant>,
        prepared: Prepared,
        preferences: Preferences,
        patience: Duration,
    ) -> Result<Outcomes, IngestError> {
        let Prepared { checked, drafts } = prepared;
        if checked.iter().any(Result::is_err) {
            let held = |event: Result<Kept, _>| event.and(Err(IngestError::HeldBack));
            return Ok(checked.into_iter().map(held).collect());
        }
        let (bytes, bytes_max) =
            (drafts.iter().map(Draft::stored_len).sum(), self.store.together_bytes_max());
        if bytes > bytes_max {
            return Err(IngestError::BatchTooLarge(bytes, bytes_max));
        }
        let strict = is_strict(tenant, preferences);
        let repeats = if strict { Repeats::MustMatch } else { Repeats::LeaveOut };
        let append = |drafts| self.store.append_together(drafts, repeats);
        let decisions = append_patiently(drafts, patience, append).await;
        Ok(self.decided(Portion { tenant: Arc::clone(tenant), preferences, checked, decisions }).await)
    }

    /// Waits until what was handed in is decided and durable.
    pub async fn decided(&self, portion: Portion) -> Outcomes {
        let Portion { tenant, preferences, checked, decisions } = portion;
        let decided = match decisions {
            Ok(decisions) => decisions.await.map_err(|_closed| IngestError::Stopped),
            Err(error) => Err(error),
        };
        let mut decided = decided.map(Vec::into_iter);
        let mut outcomes = Vec::with_capacity(checked.len());
        let (mut stored, mut bytes) = (0, 0);
        for event in checked {
            let outcome = match (event, &mut decided) {
                (Err(refused), _) => Err(refused),
                (Ok(_), Err(error)) => Err(error.clone()),
                (Ok(event), Ok(decided)) => match decided.next() {
                    Some(decision) => {
                        if matches!(decision, Decision::Stored { .. }) {
                            stored += 1;
                            bytes += event.payload.len();
                        }
                        self.outcome(&tenant, event, decision, preferences).await
                    }
                    None => Err(IngestError::Stopped),
                },
            };
            outcomes.push(outcome);
        }
        self.usage.stored(tenant.number, stored, bytes);
        outcomes
    }
}

/// Hands records in; while the queue is full they come back and are tried again.
async fn append_patiently(
    mut drafts: Vec<Draft>,
    patience: Duration,
    append: impl Fn(Vec<Draft>) -> Result<Decisions, (QueueError, Vec<Draft>)>,
) -> Result<Decisions, IngestError> {
    let deadline = Instant::now() + patience;
    let mut pause = FULL_PAUSE.0;
    loop {
        match append(drafts) {
            Ok(decisions) => return Ok(decisions),
            Err((QueueError::Full, returned)) if Instant::now() + pause < deadline => drafts = returned,
            Err((error, _)) => return Err(error.into()),
        }
        tokio::time::sleep(pause).await;
        pause = FULL_PAUSE.1.min(pause * 2);
    }
}
