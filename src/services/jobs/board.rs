//! What a job is, and what is known of each.

use crate::domain::job::{HISTORY_MAX, Run, RunOutcome, Schedule, Trigger};
use crate::domain::request::IdempotentRequest;
use crate::domain::time::Timestamp;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// A job's work: it gets the time, and returns what was done or what went wrong. It must be idempotent: a run that a
/// crash cut off is made up for.
pub(super) type Work = Arc<dyn Fn(Timestamp) -> Result<String, String> + Send + Sync>;

/// A job.
#[derive(Clone)]
pub struct Job {
    /// Its name; it stands in the database and never changes.
    pub name: &'static str,
    /// What it does, for people.
    pub purpose: &'static str,
    /// When it runs.
    pub schedule: Schedule,
    /// What it does.
    pub work: Work,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("name", &self.name)
            .field("schedule", &self.schedule)
            .finish_non_exhaustive()
    }
}

/// A job and what is known of it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) job: Job,
    /// Why and when it runs next.
    pub(super) next: (Trigger, Timestamp),
    /// The request with an idempotency key that asked for the next run or the one under way.
    pub(super) request: Option<IdempotentRequest>,
    /// Since when it runs.
    pub(super) running_since: Option<Timestamp>,
    /// Its last runs, oldest first.
    pub(super) history: VecDeque<Run>,
}

/// A job as somebody sees it.
#[derive(Clone, Debug)]
pub struct JobView {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub purpose: &'static str,
    /// When it is to run.
    pub schedule: Schedule,
    /// When it runs next.
    pub next_at: Timestamp,
    /// Since when it runs.
    pub running_since: Option<Timestamp>,
    /// Its last runs, newest first.
    pub history: Vec<Run>,
}

impl Known {
    /// Stands on the runs there were: a time that was missed is made up for now.
    pub(super) fn new(job: Job, history: Vec<Run>, now: Timestamp) -> Self {
        let next = match history.last() {
            Some(last) => {
                let (trigger, at) = last.next(job.schedule);
                (trigger, at.min(job.schedule.next_due(now)))
            }
            // Nothing was missed before there was a job.
            None => (Trigger::Schedule, job.schedule.next_due(now)),
        };
        Self { job, next, request: None, running_since: None, history: history.into() }
    }

    /// Asks for a run now, which the request then waits for; tells whether there is one already, which serves as well.
    pub(super) fn ask(&mut self, now: Timestamp, request: Option<IdempotentRequest>) -> bool {
        let joins = self.running_since.is_some() || self.request.is_some();
        if !joins {
            self.next = (Trigger::Request, now);
            self.request = request;
        }
        joins
    }

    pub(super) fn begin(&mut self, now: Timestamp) -> Option<(Job, Trigger)> {
        let (trigger, at) = self.next;
        if at > now || self.running_since.is_some() {
            return None;
        }
        self.running_since = Some(now);
        Some((self.job.clone(), trigger))
    }

    pub(super) fn record(&self, trigger: Trigger, now: Timestamp, result: Result<String, String>) -> Run {
        let started_at = self.running_since.unwrap_or(now);
        let before = self.history.back().filter(|_before| trigger == Trigger::Retry);
        let (outcome, message) = match result {
            Ok(message) => (RunOutcome::Succeeded, message),
            Err(message) => (RunOutcome::Failed, message),
        };
        Run {
            job: self.job.name.to_owned(),
            trigger,
            due_at: before.map_or(self.next.1, |before| before.due_at),
            started_at,
            ended_at: now,
            outcome,
            message: message.chars().take(crate::domain::job::MESSAGE_LEN_MAX).collect(),
            attempt: before.map_or(1, |before| before.attempt + 1),
        }
    }

    /// Returns the run that is too old to be kept beside one more.
    pub(super) fn surplus(&self) -> Option<&Run> {
        self.history.front().filter(|_oldest| self.history.len() >= HISTORY_MAX)
    }

    pub(super) fn keep(&mut self, run: Run) {
        self.next = run.next(self.job.schedule);
        (self.running_since, self.request) = (None, None);
        if self.surplus().is_some() {
            self.history.pop_front();
        }
        self.history.push_back(run);
    }

    pub(super) fn view(&self) -> JobView {
        JobView {
            name: self.job.name,
            purpose: self.job.purpose,
            schedule: self.job.schedule,
            next_at: self.next.1,
            running_since: self.running_since,
            history: self.history.iter().rev().cloned().collect(),
        }
    }
}
