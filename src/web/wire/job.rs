//! Jobs and their runs.

use crate::domain::job::{Run, RunOutcome, Trigger};
use crate::domain::time::Timestamp;
use crate::services::jobs::JobView;
use serde::Serialize;

/// A job.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Job")]
pub struct JobJson<'a> {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub purpose: &'static str,
    /// When it is to run, in words.
    pub schedule: String,
    /// When it runs next.
    pub next_at: Timestamp,
    /// Since when it runs; null while it does not.
    pub running_since: Option<Timestamp>,
    /// Its last runs, newest first.
    pub history: Vec<RunJson<'a>>,
}

impl<'a> From<&'a JobView> for JobJson<'a> {
    fn from(job: &'a JobView) -> Self {
        let history = job.history.iter().map(RunJson::from).collect();
        let JobView { name, purpose, next_at, running_since, .. } = job;
        let schedule = job.schedule.in_words();
        Self { name, purpose, schedule, next_at: *next_at, running_since: *running_since, history }
    }
}

/// One run.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Run")]
pub struct RunJson<'a> {
    /// `schedule`, `retry` or `request`.
    pub trigger: Trigger,
    /// When it was due.
    pub due_at: Timestamp,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// `succeeded` or `failed`.
    pub outcome: RunOutcome,
    /// What was done, or what went wrong.
    pub message: &'a str,
    /// Which attempt it was, from 1.
    pub attempt: u32,
}

impl<'a> From<&'a Run> for RunJson<'a> {
    fn from(run: &'a Run) -> Self {
        Self {
            trigger: run.trigger,
            due_at: run.due_at,
            started_at: run.started_at,
            ended_at: run.ended_at,
            outcome: run.outcome,
            message: &run.message,
            attempt: run.attempt,
        }
    }
}

/// Every job.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Jobs")]
pub struct JobsJson<'a> {
    /// In the order of the program.
    pub jobs: Vec<JobJson<'a>>,
}
