//! Jobs.

use crate::domain::agent::RequestMark;
use crate::services::jobs::Asked;
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::request::key;
use crate::web::wire::job::{JobJson, JobsJson};
use axum::response::Response;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

/// Where jobs are.
const JOBS: &str = "/api/v1/jobs/";

/// Lists jobs with their histories: there are few, and their histories are short.
pub(in crate::web) fn list_jobs(call: &Call<'_>) -> Result<Response, Problem> {
    let jobs = call.services()?.jobs.list();
    let body = JobsJson { jobs: jobs.iter().map(JobJson::from).collect() };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

/// Shows a job.
pub(in crate::web) fn find_job(call: &Call<'_>) -> Result<Response, Problem> {
    let job = call.services()?.jobs.find(call.segment(JOBS, ""))?;
    Ok(call::uncached(call::json(StatusCode::OK, &JobJson::from(&job))))
}

/// Has a job run now: 202, because the answer does not wait for it; 204 when the same request came before.
pub(in crate::web) fn run_job(call: &Call<'_>) -> Result<Response, Problem> {
    let name = call.segment(JOBS, "/run");
    let mark = key::sent(&call.parts.headers)?.map(|key| RequestMark::new("run", &key));
    let mut response = match call.services()?.jobs.ask(name, mark)? {
        Asked::Now(job) => call::uncached(call::json(StatusCode::ACCEPTED, &JobJson::from(&job))),
        Asked::Before => call::no_content(),
    };
    let location = HeaderValue::from_str(&format!("{JOBS}{name}")).expect("a job's name is plain text");
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}
