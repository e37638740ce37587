//! Jobs.

use crate::api::tags;
use crate::domain::job::{Run, RunOutcome, Trigger, place};
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::operation::{Answer, Operation};
use crate::http::problem::Problem;
use crate::http::route::{ADMIN, Handler, Route, handler};
use crate::services::jobs::JobView;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

/// A job.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Job")]
pub(crate) struct JobJson<'a> {
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
pub(crate) struct RunJson<'a> {
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
pub(crate) struct JobsJson<'a> {
    /// In the order of the program.
    pub jobs: Vec<JobJson<'a>>,
}

/// Lists jobs with their histories: there are few, and their histories are short.
pub(crate) fn list_jobs(call: &Call<'_>) -> Result<Response, Problem> {
    let jobs = call.services()?.jobs.list();
    Ok(call::shown(&JobsJson { jobs: jobs.iter().map(JobJson::from).collect() }))
}

pub(crate) fn find_job(call: &Call<'_>) -> Result<Response, Problem> {
    let job = call.services()?.jobs.find(call.param("job"))?;
    Ok(call::shown(&JobJson::from(&job)))
}

/// Has a job run now: 202, because the answer does not wait for it.
async fn run_job(call: &Call<'_>) -> Result<Response, Problem> {
    let job = call.services()?.jobs.ask(call.request(), call.param("job")).await?;
    Ok(call::located(call::json(StatusCode::ACCEPTED, &JobJson::from(&job)), &place(job.name)))
}

static LIST: Operation = Operation::new(&tags::JOBS, "listJobs", "Lists jobs with their history")
    .answers::<JobsJson<'static>>("All of them.");

static FIND: Operation = Operation::new(&tags::JOBS, "findJob", "Shows a job with its history")
    .answers::<JobJson<'static>>("The job.");

static RUN: Operation = Operation::new(&tags::JOBS, "runJob", "Has a job run now")
    .detail("The answer does not wait for the run. Until it has ended a repeat is answered 409.")
    .answer(Answer::json::<JobJson<'static>>(202, "It will run at once."));

pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/jobs", ADMIN, Handler::Now(list_jobs), &LIST),
    Route::get("/api/v1/jobs/{job}", ADMIN, Handler::Now(find_job), &FIND),
    Route::post("/api/v1/jobs/{job}/run", ADMIN, handler!(run_job), &RUN),
];
