//! Jobs: what runs when, what became of it, and running one now.

use crate::console::form;
use crate::console::frame::{Frame, Section, done, page};
use crate::console::words::milliseconds;
use crate::domain::job::{Run, RunOutcome, Trigger};
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::route::{Handler, OPERATE, Route, SEE, handler};
use crate::services::jobs::JobView;
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use std::time::Duration;

const JOBS: &str = "/console/jobs";

/// How long the answer to a run that was asked for waits for its end: most runs take less, and their result is then on
/// the page at once.
const RUN_PATIENCE: Duration = Duration::from_secs(2);

#[derive(Template)]
#[template(path = "console/jobs.html")]
struct JobsPage {
    frame: Frame,
    jobs: Vec<JobView>,
}

#[derive(Template)]
#[template(path = "console/job.html")]
struct JobPage {
    frame: Frame,
    job: JobView,
}

fn reason(run: &Run) -> &'static str {
    match run.trigger {
        Trigger::Schedule => "schedule",
        Trigger::Retry => "another attempt",
        Trigger::Request => "somebody asked",
    }
}

fn outcome(run: &Run) -> (&'static str, &'static str) {
    match run.outcome {
        RunOutcome::Succeeded => ("ok", "succeeded"),
        RunOutcome::Failed => ("bad", "failed"),
    }
}

fn took(run: &Run) -> String {
    milliseconds(run.ended_at.duration_since(run.started_at))
}

pub(super) fn show_jobs(call: &Call<'_>) -> Result<Response, Problem> {
    let jobs = call.services()?.jobs.list();
    page(StatusCode::OK, &JobsPage { frame: Frame::new(call, Section::Jobs, "Jobs"), jobs })
}

/// Shows a job with its history, which is bounded.
pub(super) fn show_job(call: &Call<'_>) -> Result<Response, Problem> {
    let job = call.services()?.jobs.find(call.param("job"))?;
    let frame = Frame::new(call, Section::Jobs, format!("Job {}", job.name));
    page(StatusCode::OK, &JobPage { frame, job })
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

pub(super) static ROUTES: &[Route] = &[
    Route::page("/console/jobs", SEE, Handler::Now(show_jobs)),
    Route::page("/console/jobs/{job}", SEE, Handler::Now(show_job)),
    Route::form("/console/jobs/{job}/run", OPERATE, handler!(run_job)),
];
