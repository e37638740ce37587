//! Several events of one request: handed in together, measured one by one.

use crate::api::intake::receipt::Tally;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::tenant::Tenant;
use crate::http::call::Call;
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::http::request::{key, prefer, trace};
use crate::services::ingest::{
    Ingest, IngestError, KeyChoice, Outcome, Portion, Preferences, Prepared, Submission,
};
use crate::telemetry::metrics::{EventFormat, EventOutcome, Metrics};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Most events handed in at once: enough to fill journal entries, few enough to be quick.
pub(super) const PORTION_LEN: usize = 256;

/// Most payload bytes handed in at once, unless a single event is larger.
pub(super) const PORTION_BYTES: usize = 64 * 1024;

/// One of several events: what could be read of it.
pub(super) type Member = Result<Submission, Problem>;

/// What became of several events, in their order.
pub(super) type Ended = Vec<Result<Outcome, Problem>>;

/// What the events of one request share.
#[derive(Clone)]
pub(super) struct Members {
    pub(super) ingest: Ingest,
    tenant: Arc<Tenant>,
    pub(super) preferences: Preferences,
    patience: Duration,
    metrics: Arc<Metrics>,
    format: EventFormat,
    key: Option<IdempotencyKey>,
    trace_id: Option<String>,
    event_bytes_max: usize,
}

/// Several events that were read.
pub(super) struct Batch {
    unread: Unread,
    prepared: Prepared,
}

/// For each of several events why it could not be read, if so.
type Unread = Vec<Option<Box<Problem>>>;

/// Events on their way.
pub(super) struct Handed {
    unread: Unread,
    portion: Portion,
    began: Instant,
}

/// Cuts what is to be read into portions, each of few items and few bytes.
pub(super) fn portions<T>(items: Vec<T>, len: impl Fn(&T) -> usize) -> Vec<(Vec<T>, usize)> {
    let mut portions = Vec::new();
    let (mut portion, mut bytes) = (Vec::new(), 0);
    for item in items {
        let more = len(&item);
        if portion.len() == PORTION_LEN || (bytes + more > PORTION_BYTES && !portion.is_empty()) {
            portions.push((std::mem::take(&mut portion), std::mem::take(&mut bytes)));
        }
        bytes += more;
        portion.push(item);
    }
    if !portion.is_empty() {
        portions.push((portion, bytes));
    }
    portions
}

impl Members {
    /// Reads what the events of a request share.
    pub(super) fn of(call: &Call<'_>, format: EventFormat) -> Result<Self, Problem> {
        let headers = &call.parts.headers;
        Ok(Self {
            ingest: call.services()?.ingest.clone(),
            tenant: Arc::clone(&call.reach().tenant),
            preferences: prefer::read(headers),
            patience: call.options.request_timeout,
            metrics: Arc::clone(&call.edge.metrics),
            format,
            key: key::sent(headers)?,
            trace_id: trace::trace_id(headers).map(str::to_owned),
            event_bytes_max: call.options.body_bytes_max,
        })
    }

    /// Reads events, each with its number, and makes the records of the acceptable ones.
    pub(super) fn read_all<T>(&self, items: &[T], mut read: impl FnMut(&T) -> (u64, Member)) -> Batch {
        let mut prepared = Prepared::with_capacity(items.len());
        let read = |item| match read(item) {
            (number, Ok(mut submission)) => {
                self.share(number, &mut submission);
                self.ingest.prepare_into(&mut prepared, &self.tenant, submission);
                None
            }
            (_, Err(problem)) => Some(Box::new(problem)),
        };
        let unread = items.iter().map(read).collect();
        Batch { unread, prepared }
    }

    /// Gives the nth event what all share: a key of its own where the request carries one, and the request's trace.
    fn share(&self, number: u64, submission: &mut Submission) {
        if let Some(key) = &self.key {
            submission.key = KeyChoice::Sent(key.of_nth(number));
        }
        if submission.trace_id.is_none() {
            submission.trace_id.clone_from(&self.trace_id);
        }
    }

    /// Refuses an event that is larger than a body of its own could be.
    pub(super) fn check_len(&self, len: usize) -> Result<(), Problem> {
        if len <= self.event_bytes_max { Ok(()) } else { Err(self.too_large()) }
    }

    pub(super) fn too_large(&self) -> Problem {
        let detail = format!(
            "the event is larger than {} bytes; hint: send less, or raise limits.body_bytes_max",
            self.event_bytes_max
        );
        Problem::new(Code::BodyTooLarge, detail)
    }

    /// Hands events in, each to be decided for itself.
    pub(super) async fn hand_in(&self, batch: Batch) -> Handed {
        let began = Instant::now();
        let Batch { unread, prepared } = batch;
        let portion = self.ingest.hand_in(&self.tenant, prepared, self.preferences, self.patience).await;
        Handed { unread, portion, began }
    }

    /// Waits until what was handed in is decided and durable.
    pub(super) async fn decided(&self, handed: Handed) -> Ended {
        let Handed { unread, portion, began } = handed;
        let outcomes = self.ingest.decided(portion).await;
        self.measured(unread, outcomes.into_iter().map(|outcome| outcome.map_err(Problem::from)), began)
    }

    /// Takes events in all together or not at all.
    pub(super) async fn together(&self, batch: Batch) -> Result<Ended, Problem> {
        let began = Instant::now();
        let Batch { unread, prepared } = batch;
        if unread.iter().any(Option::is_some) {
            let held = std::iter::repeat_with(|| Err(IngestError::HeldBack.into()));
            return Ok(self.measured(unread, held, began));
        }
        let outcomes =
            self.ingest.submit_together(&self.tenant, prepared, self.preferences, self.patience).await?;
        Ok(self.measured(unread, outcomes.into_iter().map(|outcome| outcome.map_err(Problem::from)), began))
    }

    /// Puts what could not be read back at its place, and measures every event.
    fn measured(
        &self,
        unread: Unread,
        mut outcomes: impl Iterator<Item = Result<Outcome, Problem>>,
        began: Instant,
    ) -> Ended {
        let ended: Ended = unread
            .into_iter()
            .map(|problem| match problem {
                Some(problem) => Err(*problem),
                None => outcomes.next().unwrap_or_else(|| Err(IngestError::Stopped.into())),
            })
            .collect();
        let meter = self.metrics.intake.tenant(self.tenant.slug.as_str());
        // Events of one request mostly have one source, and every addition to a series is seen by all processors.
        for run in ended.chunk_by(|one, other| source_of(one) == source_of(other)) {
            let Some(source) = run.first().and_then(source_of) else { continue };
            let (source, tally) = (meter.source(source), Tally::of(run));
            source.events_stored(tally.accepted);
            source.events_repeated(tally.duplicate);
        }
        let tally = Tally::of(&ended);
        meter.events_answered(began.elapsed(), tally.accepted + tally.duplicate);
        for (outcome, count) in [
            (EventOutcome::Accepted, tally.accepted),
            (EventOutcome::Duplicate, tally.duplicate),
            (EventOutcome::Refused, tally.refused + tally.unavailable),
        ] {
            self.metrics.intake.events_processed(outcome, self.format, count);
        }
        ended
    }
}

/// Returns the source of an event that is in the ledger.
fn source_of(outcome: &Result<Outcome, Problem>) -> Option<&str> {
    match outcome {
        Ok(Outcome::Stored(receipt)) => Some(&receipt.source),
        Ok(Outcome::Repeated { source, .. }) => Some(source),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_bounded_in_events_and_bytes() {
        let cut = |lens: &[usize]| {
            portions(lens.to_vec(), |len| *len).iter().map(|(portion, _)| portion.len()).collect::<Vec<_>>()
        };
        assert!(cut(&[]).is_empty());
        assert_eq!(cut(&[1; 600]), [256, 256, 88]);
        assert_eq!(cut(&[PORTION_BYTES + 1, 1, PORTION_BYTES, 0]), [1, 1, 2]);
        assert_eq!(portions(vec![3, 4], |len| *len), [(vec![3, 4], 7)]);
    }
}
