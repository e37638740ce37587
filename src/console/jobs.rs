//! Jobs: what runs when, what became of it, and running one now.

use crate::console::form;
use crate::console::frame::{Frame, Section, done, page};
use crate::console::words::{Moment, milliseconds};
use crate::domain::job::{Run, RunOutcome, Trigger};
use crate::domain::permission::Permission;
use crate::domain::time::Timestamp;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::route::{Handler, OPERATE, Route, SEE, handler};
use crate::services::jobs::JobView;
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use std::time::Duration;

/// Where jobs are.
const JOBS: &str = "/console/jobs";

/// How long the answer to a run that was asked for waits for its end: most runs take less, and their result is then on
/// the page at once.
const RUN_PATIENCE: Duration = Duration::from_secs(2);

#[derive(Template)]
#[template(path = "console/jobs.html")]
struct JobsPage {
    frame: Frame,
    jobs: Vec<JobRow>,
}

#[derive(Template)]
#[template(path = "console/job.html")]
struct JobPage {
    frame: Frame,
    may_run: bool,
    job: JobRow,
    history: Vec<RunRow>,
}

struct JobRow {
    name: &'static str,
    purpose: &'static str,
    schedule: String,
    next: Moment,
    running: Option<Moment>,
    last: Option<RunRow>,
}

struct RunRow {
    began: Moment,
    took: String,
    trigger: &'static str,
    state: (&'static str, &'static str),
    attempt: u32,
    message: String,
}

fn row(job: &JobView, now: Timestamp) -> JobRow {
    JobRow {
        name: job.name,
        purpose: job.purpose,
        schedule: job.schedule.in_words(),
        next: Moment::new(job.next_at, now),
        running: job.running_since.map(|since| Moment::new(since, now)),
        last: job.history.first().map(|run| run_row(run, now)),
    }
}

fn run_row(run: &Run, now: Timestamp) -> RunRow {
    RunRow {
        began: Moment::new(run.started_at, now),
        took: milliseconds(run.ended_at.duration_since(run.started_at)),
        trigger: match run.trigger {
            Trigger::Schedule => "schedule",
            Trigger::Retry => "another attempt",
            Trigger::Request => "somebody asked",
        },
        state: match run.outcome {
            RunOutcome::Succeeded => ("ok", "succeeded"),
            RunOutcome::Failed => ("bad", "failed"),
        },
        attempt: run.attempt,
        message: run.message.clone(),
    }
}

/// Shows every job.
pub(super) fn show_jobs(call: &Call<'_>) -> Result<Response, Problem> {
    let now = call.edge.clock.now();
    let jobs = call.services()?.jobs.list().iter().map(|job| row(job, now)).collect();
    page(StatusCode::OK, &JobsPage { frame: Frame::new(call, Section::Jobs, "Jobs"), jobs })
}

/// Shows a job with its history, which is bounded.
pub(super) fn show_job(call: &Call<'_>) -> Result<Response, Problem> {
    let now = call.edge.clock.now();
    let job = call.services()?.jobs.find(call.param("job"))?;
    let frame = Frame::new(call, Section::Jobs, format!("Job {}", job.name));
    let history = job.history.iter().map(|run| run_row(run, now)).collect();
    let may_run = frame.may(Permission::Operate);
    page(StatusCode::OK, &JobPage { frame, may_run, job: row(&job, now), history })
}

/// Has a job run now, and shows what became of it.
pub(super) async fn run_job(call: &Call<'_>) -> Result<Response, Problem> {
    form::read(call, &[]).await?;
    let (jobs, name) = (&call.services()?.jobs, call.param("job"));
    jobs.ask(call.actor(), name).await?;
    let job = jobs.settle(name, RUN_PATIENCE).await?;
    let address = format!("{JOBS}/{}", job.name);
    Ok(done(&address, if job.running_since.is_some() { "asked" } else { "ran" }))
}

/// The routes.
pub(super) static ROUTES: &[Route] = &[
    Route::page("/console/jobs", SEE, Handler::Now(show_jobs)),
    Route::page("/console/jobs/{job}", SEE, Handler::Now(show_job)),
    Route::form("/console/jobs/{job}/run", OPERATE, handler!(run_job)),
];
