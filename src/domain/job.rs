//! Jobs: work at set times, with a history.

use crate::domain::time::Timestamp;
use crate::domain::usage::Day;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Most runs kept of each job.
pub const HISTORY_MAX: usize = 50;

/// Longest message of a run in characters.
pub const MESSAGE_LEN_MAX: usize = 500;

/// Pauses before a failed run is tried again; after the last it waits for its next time.
pub const RETRY_PAUSES: [Duration; 3] =
    [Duration::from_mins(1), Duration::from_mins(5), Duration::from_mins(30)];

/// Returns the place of a job among what is managed.
pub fn place(job: &str) -> String {
    format!("jobs/{job}")
}

/// When a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Once a day, so long after midnight (UTC).
    Daily(Duration),
}

impl Schedule {
    /// Returns the last time at or before `now` at which the job was to run.
    pub fn last_due(self, now: Timestamp) -> Timestamp {
        let Self::Daily(after_midnight) = self;
        let day = Day::of(now);
        let today = day.begin().saturating_add(after_midnight);
        if today <= now { today } else { day.before(1).begin().saturating_add(after_midnight) }
    }

    /// Says it in words, such as `every day at 00:05 UTC`.
    pub fn in_words(self) -> String {
        let Self::Daily(after_midnight) = self;
        let minutes = after_midnight.as_secs() / 60;
        format!("every day at {:02}:{:02} UTC", minutes / 60, minutes % 60)
    }

    /// Returns the first time after `now` at which the job is to run.
    pub fn next_due(self, now: Timestamp) -> Timestamp {
        self.last_due(now).saturating_add(Duration::from_hours(24))
    }
}

/// Why a job ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// It was time.
    Schedule,
    /// The run before had failed.
    Retry,
    /// Somebody asked for it.
    Request,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// The work was done.
    Succeeded,
    /// It was not.
    Failed,
}

/// One run of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Name of the job.
    pub job: String,
    /// Why it ran.
    pub trigger: Trigger,
    /// The time at which it was due: several attempts share it.
    pub due_at: Timestamp,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How it ended.
    pub outcome: RunOutcome,
    /// What was done, or what went wrong.
    pub message: String,
    /// Which attempt it was, from 1.
    pub attempt: u32,
}

impl Run {
    /// Returns when the job runs next, after this run: again soon if it failed, else at its time.
    pub fn next(&self, schedule: Schedule) -> (Trigger, Timestamp) {
        let retry = usize::try_from(self.attempt).ok().and_then(|attempt| RETRY_PAUSES.get(attempt - 1));
        match (self.outcome, retry) {
            (RunOutcome::Failed, Some(pause)) => (Trigger::Retry, self.ended_at.saturating_add(*pause)),
            _ => (Trigger::Schedule, schedule.next_due(self.started_at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_daily_job_is_due_once_a_day() {
        let schedule = Schedule::Daily(Duration::from_mins(5));
        let due = |now: &str| (schedule.last_due(at(now)), schedule.next_due(at(now)));
        let (first, second) = (at("2026-03-01T00:05:00Z"), at("2026-03-02T00:05:00Z"));
        assert_eq!(due("2026-03-01T00:05:00Z"), (first, second));
        assert_eq!(due("2026-03-02T00:04:59Z"), (first, second));
        assert_eq!(due("2026-03-01T23:00:00Z"), (first, second));
    }

    #[test]
    fn a_failed_run_is_tried_again_a_few_times() {
        let schedule = Schedule::Daily(Duration::ZERO);
        let run = |attempt, outcome| Run {
            job: "x".to_owned(),
            trigger: Trigger::Schedule,
            due_at: at("2026-03-01T00:00:00Z"),
            started_at: at("2026-03-01T00:00:00Z"),
            ended_at: at("2026-03-01T00:00:10Z"),
            outcome,
            message: String::new(),
            attempt,
        };
        let tomorrow = (Trigger::Schedule, at("2026-03-02T00:00:00Z"));
        assert_eq!(run(1, RunOutcome::Succeeded).next(schedule), tomorrow);
        assert_eq!(run(1, RunOutcome::Failed).next(schedule), (Trigger::Retry, at("2026-03-01T00:01:10Z")));
        assert_eq!(run(3, RunOutcome::Failed).next(schedule), (Trigger::Retry, at("2026-03-01T00:30:10Z")));
        assert_eq!(run(4, RunOutcome::Failed).next(schedule), tomorrow);
    }
}
