//! Whether the process lives, has started and may take traffic. Machines read the status alone.

use crate::services::health::Readiness;
use crate::web::call::{self, Call};
use crate::web::code::Code;
use crate::web::edge::Stage;
use crate::web::ops::wish::{Audience, Form, Wish};
use crate::web::problem::Problem;
use crate::web::wire::health::{
    AliveJson, ChecksJson, DatabaseReadyJson, HealthJson, ReadyDetails, ReadyJson, StartupJson,
};
use crate::web::wire::report::{HEALTH_JSON, PassJson, lines};
use axum::response::Response;
use http::StatusCode;

/// What stands before a check's name in a path.
const CHECK_PREFIX: &str = "/readyz/";

/// Answers `GET /health`; while the appliance stops, load balancers are sent elsewhere.
pub(in crate::web) fn show_health(call: &Call<'_>) -> Result<Response, Problem> {
    if call.stage() == Stage::Draining {
        return Err(call::draining());
    }
    let body = HealthJson { status: "ok", time: call.edge.clock.now(), service: "mainstay" };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

/// Answers that the process lives.
pub(in crate::web) fn show_alive(call: &Call<'_>) -> Response {
    let body = AliveJson { alive: true, status: "alive", timestamp: call.edge.clock.now() };
    call::uncached(call::json(StatusCode::OK, &body))
}

/// Answers whether start has completed; once it has, it stays so.
pub(in crate::web) fn show_started(call: &Call<'_>) -> Response {
    let started = call.services.is_some_and(|services| services.health.has_started());
    let (status, word) =
        if started { (StatusCode::OK, "started") } else { (StatusCode::SERVICE_UNAVAILABLE, "starting") };
    let body = StartupJson { started, status: word, timestamp: call.edge.clock.now() };
    call::uncached(call::json(status, &body))
}

/// Answers which checks pass: as JSON, or with `?verbose` as one line each; `?exclude=` leaves checks out.
pub(in crate::web) async fn show_ready(call: &Call<'_>) -> Result<Response, Problem> {
    let query = call.parts.uri.query();
    // Before the start there is one answer, whatever is asked for.
    let wish = match call.stage() {
        Stage::Starting => Wish::of_one(query),
        _ => Wish::read(query, &Readiness::CHECKS)?,
    };
    let mut readiness = readiness(call).await;
    readiness.checks.retain(|(name, _)| wish.wants(name));
    Ok(answer_ready(call, &wish, &readiness))
}

/// Answers whether one check passes. Before the start there are none yet, and none passes.
pub(in crate::web) async fn show_check(call: &Call<'_>) -> Result<Response, Problem> {
    let wanted = call.parts.uri.path().strip_prefix(CHECK_PREFIX).unwrap_or_default();
    let mut readiness = readiness(call).await;
    let starting = call.stage() == Stage::Starting;
    if !starting {
        readiness.checks.retain(|(name, _)| *name == wanted);
    }
    if readiness.checks.is_empty() {
        let detail = "there is no such check; hint: GET /readyz?verbose lists them";
        return Err(Problem::new(Code::CheckNotFound, detail));
    }
    Ok(answer_ready(call, &Wish::of_one(call.parts.uri.query()), &readiness))
}

fn answer_ready(call: &Call<'_>, wish: &Wish, readiness: &Readiness) -> Response {
    let ready = readiness.is_ready();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let audience = Audience::of(call);
    call::uncached(match wish.form(call, audience) {
        Form::Lines => {
            let text = lines(readiness.checks.iter().copied(), "readyz");
            call::answer(status, "text/plain; charset=utf-8", text)
        }
        Form::HealthJson => {
            let body = PassJson::of_readiness(readiness, call.edge.clock.now());
            let body = if audience == Audience::Operator { body } else { body.without_details() };
            call::answer(status, HEALTH_JSON, call::to_json(&body))
        }
        Form::Json => {
            let uptime = call.services.map_or(0, |services| services.health.uptime().as_secs());
            let details =
                ReadyDetails { checks: ChecksJson(readiness), version: env!("CARGO_PKG_VERSION"), uptime };
            let details = (audience == Audience::Operator).then_some(details);
            call::json(status, &ReadyJson { status: if ready { "ok" } else { "degraded" }, details })
        }
    })
}

/// Answers whether traffic may come and whether the database answers.
pub(in crate::web) async fn show_database_ready(call: &Call<'_>) -> Response {
    let readiness = readiness(call).await;
    let (status, word) = if readiness.is_ready() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    let database = if readiness.passed("database") { "connected" } else { "disconnected" };
    let body = DatabaseReadyJson { status: word, database, timestamp: call.edge.clock.now() };
    call::uncached(call::json(status, &body))
}

async fn readiness(call: &Call<'_>) -> Readiness {
    match call.services {
        Some(services) if services.health.has_started() => services.health.readiness().await,
        _ => Readiness { checks: vec![("serving", false)] },
    }
}
