//! Whether the process lives, has started and may take traffic. Machines read the status alone.

use crate::api::ops::probe::{Probe, described, route, status_of};
use crate::api::ops::report_body::{Named, PassJson, lines};
use crate::api::parameters::{EXCLUDE, VERBOSE, WAITS};
use crate::api::tags;
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::edge::Stage;
use crate::http::operation::{Answer, Operation};
use crate::http::problem::Problem;
use crate::http::route::{Answered, Handler, Route, When, handler};
use crate::services::health::Readiness;
use axum::response::Response;

/// `GET /health`, for load balancers.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Health")]
pub(super) struct HealthJson {
    /// Always `ok`.
    pub status: &'static str,
    /// Now.
    pub time: Timestamp,
    /// Always `mainstay`.
    pub service: &'static str,
}

/// `GET /livez` and its aliases.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Alive")]
pub(super) struct AliveJson {
    /// Always true.
    pub alive: bool,
    /// Always `alive`.
    pub status: &'static str,
    /// Now.
    pub timestamp: Timestamp,
}

/// `GET /startupz`.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Startup")]
pub(super) struct StartupJson {
    /// Whether start has completed.
    pub started: bool,
    /// `started` or `starting`.
    pub status: &'static str,
    /// Now.
    pub timestamp: Timestamp,
}

/// `GET /health/ready`.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "DatabaseReady")]
pub(super) struct DatabaseReadyJson {
    /// `ready` or `not ready`.
    pub status: &'static str,
    /// `connected` or `disconnected`.
    pub database: &'static str,
    /// Now.
    pub timestamp: Timestamp,
}

/// `GET /ready` and `/readyz`.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Ready")]
pub(super) struct ReadyJson {
    /// `ok` or `degraded`.
    pub status: &'static str,
    /// What else clients of `ops.allow` see; strangers get the status word alone.
    #[serde(flatten)]
    pub details: Option<ReadyDetails>,
}

/// What clients of `ops.allow` see of readiness.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "ReadyDetails")]
pub(super) struct ReadyDetails {
    /// Each check's name and whether it passed.
    #[schemars(with = "std::collections::BTreeMap<String, bool>")]
    pub checks: Named<bool>,
    /// The program's version.
    pub version: &'static str,
    /// Seconds since start.
    pub uptime: u64,
}

/// Answers `GET /health`; while the appliance stops, load balancers are sent elsewhere.
pub(crate) fn show_health(call: &Call<'_>) -> Result<Response, Problem> {
    if call.stage() == Stage::Draining {
        return Err(call::draining());
    }
    Ok(call::shown(&HealthJson { status: "ok", time: call.edge.clock.now(), service: "mainstay" }))
}

pub(crate) fn show_alive(call: &Call<'_>) -> Answered {
    Ok(call::shown(&AliveJson { alive: true, status: "alive", timestamp: call.edge.clock.now() }))
}

/// Answers whether start has completed; once it has, it stays so.
pub(crate) fn show_started(call: &Call<'_>) -> Answered {
    let started = call.services.is_some_and(|services| services.health.has_started());
    let status = if started { "started" } else { "starting" };
    let body = StartupJson { started, status, timestamp: call.edge.clock.now() };
    Ok(call::uncached(call::json(status_of(started), &body)))
}

/// Answers which checks pass: as JSON, or with `?verbose` as one line each; `?exclude=` leaves checks out.
pub(crate) async fn show_ready(call: &Call<'_>) -> Result<Response, Problem> {
    let query = call.query();
    // Before the start there is one answer, whatever is asked for.
    let probe = match call.stage() {
        Stage::Starting => Probe::of_one(query),
        _ => Probe::read(query, &Readiness::CHECKS)?,
    };
    let mut readiness = readiness(call).await;
    readiness.checks.retain(|(name, _)| probe.wants(name));
    Ok(answer_ready(call, &probe, &readiness))
}

/// Answers whether one check passes. Before the start there are none yet, and none passes.
pub(crate) async fn show_check(call: &Call<'_>) -> Result<Response, Problem> {
    let wanted = call.param("check");
    let mut readiness = readiness(call).await;
    let starting = call.stage() == Stage::Starting;
    if !starting {
        readiness.checks.retain(|(name, _)| *name == wanted);
    }
    if readiness.checks.is_empty() {
        let detail = "there is no such check; hint: GET /readyz?verbose lists them";
        return Err(Problem::new(Code::CheckNotFound, detail));
    }
    Ok(answer_ready(call, &Probe::of_one(call.query()), &readiness))
}

fn answer_ready(call: &Call<'_>, probe: &Probe, readiness: &Readiness) -> Response {
    let ready = readiness.is_ready();
    let json = |operator: bool| ReadyJson {
        status: if ready { "ok" } else { "degraded" },
        details: operator.then(|| ReadyDetails {
            checks: readiness.checks.iter().copied().collect(),
            version: env!("CARGO_PKG_VERSION"),
            uptime: call.services.map_or(0, |services| services.health.uptime().as_secs()),
        }),
    };
    let lines = || lines(readiness.checks.iter().copied(), "readyz");
    let pass = || PassJson::of_readiness(readiness, call.edge.clock.now());
    probe.answer(call, status_of(ready), lines, pass, json)
}

/// Answers whether traffic may come and whether the database answers.
pub(crate) async fn show_database_ready(call: &Call<'_>) -> Answered {
    let readiness = readiness(call).await;
    let ready = readiness.is_ready();
    let status = if ready { "ready" } else { "not ready" };
    let database = if readiness.passed("database") { "connected" } else { "disconnected" };
    let body = DatabaseReadyJson { status, database, timestamp: call.edge.clock.now() };
    Ok(call::uncached(call::json(status_of(ready), &body)))
}

async fn readiness(call: &Call<'_>) -> Readiness {
    match call.services {
        Some(services) if services.health.has_started() => services.health.readiness().await,
        _ => Readiness { checks: vec![("serving", false)] },
    }
}

static HEALTH: Operation = Operation::new(&tags::HEALTH, "showHealth", "Answers load balancers")
    .answers::<HealthJson>("Traffic may come.")
    .refuses(&[Code::Draining]);

static ALIVE: Operation = Operation::new(&tags::HEALTH, "showAlive", "Answers that the process lives")
    .answers::<AliveJson>("It does.");

static STARTED: Operation =
    Operation::new(&tags::HEALTH, "showStarted", "Answers whether start has completed")
        .detail("Once it has, it stays so.")
        .answers::<StartupJson>("It has.")
        .answer(Answer::json::<StartupJson>(503, "It has not."));

static READY: Operation =
    Operation::new(&tags::HEALTH, "showReady", "Answers whether traffic may come, check by check")
        .detail("Strangers get the word alone.")
        .parameters(&[VERBOSE, EXCLUDE])
        .answer(described::<ReadyJson>(200, "It may."))
        .answer(described::<ReadyJson>(503, "A check fails."))
        .refuses(WAITS)
        .refuses(&[Code::InvalidQuery]);

static CHECKED: Operation =
    Operation::new(&tags::HEALTH, "showCheck", "Answers whether one check of readiness passes")
        .parameters(&[VERBOSE])
        .answer(described::<ReadyJson>(200, "It does."))
        .answer(described::<ReadyJson>(503, "It does not."))
        .refuses(WAITS)
        .refuses(&[Code::CheckNotFound]);

static DATABASE_READY: Operation = Operation::new(
    &tags::HEALTH,
    "showDatabaseReady",
    "Answers whether traffic may come and the database answers",
)
.answers::<DatabaseReadyJson>("It may.")
.answer(Answer::json::<DatabaseReadyJson>(503, "It may not."))
.refuses(WAITS);

pub(crate) static ROUTES: &[Route] = &[
    route("/health", When::Started, Handler::Now(show_health), &HEALTH),
    route("/livez", When::Always, Handler::Now(show_alive), &ALIVE),
    route("/live", When::Always, Handler::Now(show_alive), &ALIVE),
    route("/api/health/live", When::Always, Handler::Now(show_alive), &ALIVE),
    route("/health/live", When::Always, Handler::Now(show_alive), &ALIVE),
    route("/startupz", When::Always, Handler::Now(show_started), &STARTED),
    route("/readyz", When::Always, handler!(show_ready), &READY),
    route("/ready", When::Always, handler!(show_ready), &READY),
    route("/health/ready", When::Always, handler!(show_database_ready), &DATABASE_READY),
    route("/readyz/{check}", When::Always, handler!(show_check), &CHECKED),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_keep_their_order() {
        let checks = [("sequencer", true), ("database", false)].into_iter().collect();
        let details = Some(ReadyDetails { checks, version: "1", uptime: 3 });
        let ready = ReadyJson { status: "degraded", details };
        assert_eq!(
            serde_json::to_string(&ready).unwrap(),
            r#"{"status":"degraded","checks":{"sequencer":true,"database":false},"version":"1","uptime":3}"#
        );
    }
}
