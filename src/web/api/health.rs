//! Health as a whole.

use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::wire::report::{ReportDetails, WholeHealthJson, WorkerJson};
use axum::response::Response;
use http::StatusCode;

/// Tells how every part is, whether traffic may come, which gates are open, and how background work goes.
pub(in crate::web) async fn show_whole_health(call: &Call<'_>) -> Result<Response, Problem> {
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
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}
