//! The state of every part of the appliance, and the gates; each for probes, and both as a whole for operators.

use crate::api::ops::probe::{Probe, described, may_see_details, route, status_of};
use crate::api::ops::report_body::{
    GatesDetails, GatesJson, PassJson, ReportDetails, ReportJson, WholeHealthJson, WorkerJson, lines,
};
use crate::api::parameters::{EXCLUDE, VERBOSE, WAITS};
use crate::api::tags;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::edge::Stage;
use crate::http::operation::{Answer, Operation};
use crate::http::problem::Problem;
use crate::http::route::{ADMIN, Answered, Route, When, handler};
use crate::platform::workers::WorkerStatus;
use crate::services::health::{Gates, Overall, Report, Status};
use axum::response::Response;

/// Answers `GET /api/health`: 200 while everything works or something is degraded, 503 when something is down.
pub(crate) async fn show_report(call: &Call<'_>) -> Result<Response, Problem> {
    if call.stage() == Stage::Draining {
        return Err(call::draining());
    }
    let probe = Probe::read(call.query(), &Report::CHECKS)?;
    let mut report = call.services()?.health.report(call.edge.metrics.summary()).await;
    report.checks.retain(|check| probe.wants(check.name));
    let checks = || report.checks.iter().map(|check| (check.name, check.status != Status::Down));
    let json = |operator: bool| ReportJson {
        status: report.overall(),
        details: operator.then(|| ReportDetails::from(&report)),
    };
    let status = status_of(report.overall() != Overall::Unhealthy);
    Ok(probe.answer(call, status, || lines(checks(), "health"), || PassJson::of_report(&report), json))
}

/// Answers `GET /api/health/ready`: 503 while a gate is closed.
pub(crate) async fn show_gates(call: &Call<'_>) -> Answered {
    let (gates, mut blockers) = gates(call).await;
    blockers.extend(gates.gates.iter().filter(|(_, open)| !open).map(|(name, _)| *name));
    let ready = blockers.is_empty();
    let details = GatesDetails {
        database: if gates.database { "connected" } else { "disconnected" },
        gates: gates.gates.iter().copied().collect(),
        blockers,
    };
    let details = may_see_details(call).then_some(details);
    let body = GatesJson { ready, status: if ready { "ready" } else { "not ready" }, details };
    Ok(call::uncached(call::json(status_of(ready), &body)))
}

/// Returns the gates, and what keeps traffic away besides.
async fn gates(call: &Call<'_>) -> (Gates, Vec<&'static str>) {
    let stage = call.stage();
    match call.services.filter(|_services| stage != Stage::Starting) {
        None => (Gates { gates: Vec::new(), database: false }, vec!["starting"]),
        Some(services) => {
            let gates = services.health.gates(call.edge.metrics.summary()).await;
            (gates, if stage == Stage::Draining { vec!["draining"] } else { Vec::new() })
        }
    }
}

/// Tells how every part is, whether traffic may come, and which gates are open.
pub(crate) async fn show_whole_health(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let (health, summary) = (&services.health, call.edge.metrics.summary());
    let (report, readiness, gates) =
        (health.report(summary).await, health.readiness().await, health.gates(summary).await);
    let worker = |worker: WorkerStatus| WorkerJson {
        name: worker.name,
        status: worker.state.as_str(),
        last_error: worker.last_error,
        last_step_at: worker.last_step_at,
        next_step_at: worker.next_step_at,
    };
    let body = WholeHealthJson {
        status: report.overall(),
        details: ReportDetails::from(&report),
        readiness: readiness.checks.iter().copied().collect(),
        blockers: gates.gates.iter().filter(|(_, open)| !open).map(|(name, _)| *name).collect(),
        gates: gates.gates.iter().copied().collect(),
        workers: services.workers.list().into_iter().map(worker).collect(),
    };
    Ok(call::shown(&body))
}

static REPORT: Operation = Operation::new(&tags::HEALTH, "showReport", "Tells how every part is")
    .detail("Strangers get the word alone.")
    .parameters(&[VERBOSE, EXCLUDE])
    .answer(described::<ReportJson>(200, "Healthy or degraded."))
    .answer(described::<ReportJson>(503, "Unhealthy."))
    .refuses(&[Code::Draining])
    .refuses(WAITS)
    .refuses(&[Code::InvalidQuery]);

static GATES: Operation = Operation::new(&tags::HEALTH, "showGates", "Tells which gates are open")
    .detail("Strangers get the word alone.")
    .answers::<GatesJson>("All.")
    .answer(Answer::json::<GatesJson>(503, "Not all."))
    .refuses(WAITS);

static WHOLE: Operation = Operation::new(
    &tags::MANAGEMENT,
    "showWholeHealth",
    "Tells how every part is, whether traffic may come, which gates are open, and how background work goes",
)
.detail("It is 200 also while something is down: `status` says so.")
.answers::<WholeHealthJson>("What was found.");

/// The route of operators.
pub(crate) static WHOLE_HEALTH: &[Route] =
    &[Route::get("/api/v1/health", ADMIN, handler!(show_whole_health), &WHOLE)];

pub(crate) static ROUTES: &[Route] = &[
    route("/api/health", When::Started, handler!(show_report), &REPORT),
    route("/api/health/ready", When::Always, handler!(show_gates), &GATES),
];
