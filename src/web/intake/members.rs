//! Several events of one request: handed in together, measured one by one.

use crate::domain::idempotency::IdempotencyKey;
use crate::domain::tenant::Tenant;
use crate::services::ingest::batch::Portion;
use crate::services::ingest::{Ingest, IngestError, KeyChoice, Outcome, Preferences, Submission};
use crate::telemetry::metrics::{EventFormat, EventOutcome, Metrics, SourceMeter};
use crate::web::call::Call;
use crate::web::problem::Problem;
use crate::web::request::{key, prefer, trace};
use http::StatusCode;
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

/// Events on their way.
pub(super) struct Handed {
    /// What could not be read, at its place.
    unread: Vec<Option<Problem>>,
    portion: Portion,
    began: Instant,
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

    /// Gives the nth event what all share: a key of its own where the request carries one, and the request's trace.
    pub(super) fn nth(&self, number: u64, submission: Submission) -> Submission {
        let key = match &self.key {
            Some(key) => KeyChoice::Sent(key.of_nth(number)),
            None => submission.key,
        };
        let trace_id = submission.trace_id.or_else(|| self.trace_id.clone());
        Submission { key, trace_id, ..submission }
    }

    /// Refuses an event that is larger than a body of its own could be.
    pub(super) fn check_len(&self, len: usize) -> Result<(), Problem> {
        if len <= self.event_bytes_max { Ok(()) } else { Err(self.too_large()) }
    }

    /// The problem of an event that is too large.
    pub(super) fn too_large(&self) -> Problem {
        let detail = format!(
            "the event is larger than {} bytes; hint: send less, or raise limits.body_bytes_max",
            self.event_bytes_max
        );
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    }

    /// Hands events in, each to be decided for itself.
    pub(super) async fn hand_in(&self, members: Vec<Member>) -> Handed {
        let began = Instant::now();
        let (submissions, unread) = split(members);
        let portion = self.ingest.hand_in(&self.tenant, submissions, self.preferences, self.patience).await;
        Handed { unread, portion, began }
    }

    /// Waits until what was handed in is decided and durable.
    pub(super) async fn decided(&self, handed: Handed) -> Ended {
        let Handed { unread, portion, began } = handed;
        let outcomes = self.ingest.decided(portion).await;
        self.measured(unread, outcomes.into_iter().map(|outcome| outcome.map_err(Problem::from)), began)
    }

    /// Takes events in all together or not at all.
    pub(super) async fn together(&self, members: Vec<Member>) -> Result<Ended, Problem> {
        let began = Instant::now();
        let (submissions, unread) = split(members);
        if unread.iter().any(Option::is_some) {
            let held = submissions.into_iter().map(|_| Err(IngestError::HeldBack.into()));
            return Ok(self.measured(unread, held, began));
        }
        let outcomes =
            self.ingest.submit_together(&self.tenant, submissions, self.preferences, self.patience).await?;
        Ok(self.measured(unread, outcomes.into_iter().map(|outcome| outcome.map_err(Problem::from)), began))
    }

    /// Puts what could not be read back at its place, and measures every event.
    fn measured(
        &self,
        unread: Vec<Option<Problem>>,
        mut outcomes: impl Iterator<Item = Result<Outcome, Problem>>,
        began: Instant,
    ) -> Ended {
        let meter = self.metrics.tenant(self.tenant.slug.as_str());
        let elapsed = began.elapsed();
        // Events of one request mostly have one source.
        let mut last: Option<(String, Arc<SourceMeter>)> = None;
        let mut meter_of = |source: &str| match &last {
            Some((name, known)) if name == source => Arc::clone(known),
            _ => {
                let found = meter.source(source);
                last = Some((source.to_owned(), Arc::clone(&found)));
                found
            }
        };
        let mut ended = Vec::with_capacity(unread.len());
        for problem in unread {
            let stopped = || Err(IngestError::Stopped.into());
            let outcome = problem.map_or_else(|| outcomes.next().unwrap_or_else(stopped), Err);
            let processed = match &outcome {
                Ok(Outcome::Stored(receipt)) => {
                    meter_of(&receipt.source).event_stored();
                    EventOutcome::Accepted
                }
                Ok(Outcome::Repeated { source, .. }) => {
                    meter_of(source).event_repeated();
                    EventOutcome::Duplicate
                }
                Err(_) => EventOutcome::Refused,
            };
            if outcome.is_ok() {
                meter.event_answered(elapsed);
            }
            self.metrics.event_processed(processed, self.format);
            ended.push(outcome);
        }
        ended
    }
}

/// Splits members into what can be handed in and what could not be read, each at its place.
fn split(members: Vec<Member>) -> (Vec<Submission>, Vec<Option<Problem>>) {
    let mut submissions = Vec::with_capacity(members.len());
    let unread = members.into_iter().map(|member| match member {
        Ok(submission) => {
            submissions.push(submission);
            None
        }
        Err(problem) => Some(problem),
    });
    let unread = unread.collect();
    (submissions, unread)
}
