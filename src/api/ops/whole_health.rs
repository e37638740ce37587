//! Health as a whole: checks, readiness and gates.

use crate::api::ops::report_body::{ReportDetails, WholeHealthJson, WorkerJson};
use crate::api::tags;
use crate::http::call::{self, Call};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::route::{ADMIN, Route, handler};
use axum::response::Response;

/// Tells how every part is, whether traffic may come, and which gates are open.
pub(crate) async fn show_whole_health(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let (health, summary) = (&services.health, call.edge.metrics.summary());
    let (report, readiness, gates) =
        (health.report(summary).await, health.readiness().await, health.gates(summary).await);
    let body = WholeHealthJson {
        status: report.overall().into(),
        details: ReportDetails::from(&report),
        readiness: readiness.checks.iter().copied().collect(),
        blockers: gates.gates.iter().filter(|(_, open)| !open).map(|(name, _)| *name).collect(),
        gates: gates.gates.iter().copied().collect(),
        workers: services.workers.list().into_iter().map(WorkerJson::from).collect(),
    };
    Ok(call::shown(&body))
}

static WHOLE_HEALTH: Operation = Operation::new(
    &tags::MANAGEMENT,
    "showWholeHealth",
    "Tells how every part is, whether traffic may come, which gates are open, and how background work goes",
)
.detail("It is 200 also while something is down: `status` says so.")
.answers::<WholeHealthJson>("What was found.");

/// The routes.
pub(crate) static ROUTES: &[Route] =
    &[Route::get("/api/v1/health", ADMIN, handler!(show_whole_health), &WHOLE_HEALTH)];
