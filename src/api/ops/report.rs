//! The state of every part of the appliance, and the gates.

use crate::api::ops::probe::{Audience, Form, Probe};
use crate::api::ops::report_body::{
    GatesDetails, GatesJson, HEALTH_JSON, PassJson, ReportDetails, ReportJson, lines,
};
use crate::api::parameters::{EXCLUDE, VERBOSE, WAITS};
use crate::api::tags;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::edge::Stage;
use crate::http::gate::Judged;
use crate::http::operation::{Answer, Content, Operation};
use crate::http::problem::Problem;
use crate::http::route::Answered;
use crate::http::route::{Found, Route, When, Who, handler};
use crate::http::schemas::{text, written};
use crate::services::health::{Gates, Overall, Report, Status};
use axum::response::Response;
use http::StatusCode;

/// Answers `GET /api/health`: 200 while everything works or something is degraded, 503 when something is down.
pub(crate) async fn show_report(call: &Call<'_>) -> Result<Response, Problem> {
    if call.stage() == Stage::Draining {
        return Err(call::draining());
    }
    let probe = Probe::read(call.query(), &Report::CHECKS)?;
    let mut report = call.services()?.health.report(call.edge.metrics.summary()).await;
    report.checks.retain(|check| probe.wants(check.name));
    let status = match report.overall() {
        Overall::Healthy | Overall::Degraded => StatusCode::OK,
        Overall::Unhealthy => StatusCode::SERVICE_UNAVAILABLE,
    };
    let audience = Audience::of(call);
    let operator = audience == Audience::Operator;
    Ok(call::uncached(match probe.form(call, audience) {
        Form::Lines => {
            let checks = report.checks.iter().map(|check| (check.name, check.status != Status::Down));
            call::answer(status, "text/plain; charset=utf-8", lines(checks, "health"))
        }
        Form::HealthJson => {
            let body = PassJson::of_report(&report);
            let body = if operator { body } else { body.without_details() };
            call::answer(status, HEALTH_JSON, call::to_json(&body))
        }
        Form::Json => {
            let details = operator.then(|| ReportDetails::from(&report));
            call::json(status, &ReportJson { status: report.overall().into(), details })
        }
    }))
}

/// Answers `GET /api/health/ready`: 503 while a gate is closed.
pub(crate) async fn show_gates(call: &Call<'_>) -> Answered {
    let (gates, mut blockers) = gates(call).await;
    blockers.extend(gates.gates.iter().filter(|(_, open)| !open).map(|(name, _)| *name));
    let ready = blockers.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let details = GatesDetails {
        database: if gates.database { "connected" } else { "disconnected" },
        gates: gates.gates.iter().copied().collect(),
        blockers,
    };
    let details = (Audience::of(call) == Audience::Operator).then_some(details);
    let body = GatesJson { ready, status: if ready { "ready" } else { "not ready" }, details };
    Ok(call::uncached(call::json(status, &body)))
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

/// Problems of a health question that work is done for while the appliance stops.
const DRAINING: &[Code] = &[Code::Draining];

static REPORT: Operation = Operation::new(&tags::HEALTH, "showReport", "Tells how every part is")
    .detail("Strangers get the word alone.")
    .parameters(&[VERBOSE, EXCLUDE])
    .answer(Answer::of(
        200,
        "Healthy or degraded.",
        &[
            Content::json(written::<ReportJson>),
            Content::of(HEALTH_JSON, written::<PassJson>),
            Content::of("text/plain", text),
        ],
    ))
    .answer(Answer::of(
        503,
        "Unhealthy.",
        &[
            Content::json(written::<ReportJson>),
            Content::of(HEALTH_JSON, written::<PassJson>),
            Content::of("text/plain", text),
        ],
    ))
    .refuses(DRAINING)
    .refuses(WAITS)
    .refuses(&[Code::InvalidQuery]);

static GATES: Operation = Operation::new(&tags::HEALTH, "showGates", "Tells which gates are open")
    .detail("Strangers get the word alone.")
    .answers::<GatesJson>("All.")
    .answer(Answer::json::<GatesJson>(503, "Not all."))
    .refuses(WAITS);

/// The routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/health", Who::Anyone, handler!(show_report), &REPORT)
        .when(When::Started)
        .on(Found::Operations)
        .judged(Judged::Never),
    Route::get("/api/health/ready", Who::Anyone, handler!(show_gates), &GATES)
        .when(When::Always)
        .on(Found::Operations)
        .judged(Judged::Never),
];
