//! How every part of the appliance is, and which gates are open.

use crate::services::health::{Gates, Overall, Report, Status};
use crate::web::call::{self, Call};
use crate::web::edge::Stage;
use crate::web::ops::wish::{Audience, Form, Wish};
use crate::web::problem::Problem;
use crate::web::wire::report::{
    GatesDetails, GatesJson, HEALTH_JSON, PassJson, ReportDetails, ReportJson, lines,
};
use axum::response::Response;
use http::StatusCode;

/// Answers `GET /api/health`: 200 while everything works or something is degraded, 503 when something is down.
pub(in crate::web) async fn show_report(call: &Call<'_>) -> Result<Response, Problem> {
    if call.stage() == Stage::Draining {
        return Err(call::draining());
    }
    let wish = Wish::read(call.parts.uri.query(), &Report::CHECKS)?;
    let mut report = call.services()?.health.report(call.edge.metrics.summary()).await;
    report.checks.retain(|check| wish.wants(check.name));
    let status = match report.overall() {
        Overall::Healthy | Overall::Degraded => StatusCode::OK,
        Overall::Unhealthy => StatusCode::SERVICE_UNAVAILABLE,
    };
    let audience = Audience::of(call);
    let operator = audience == Audience::Operator;
    Ok(call::uncached(match wish.form(call, audience) {
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
pub(in crate::web) async fn show_gates(call: &Call<'_>) -> Response {
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
    call::uncached(call::json(status, &body))
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
