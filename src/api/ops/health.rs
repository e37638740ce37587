//! Whether the process lives, has started and may take traffic. Machines read the status alone.

use crate::api::ops::probe::{Audience, Form, Probe};
use crate::api::ops::report_body::{HEALTH_JSON, PassJson, lines};
use crate::api::parameters::{EXCLUDE, VERBOSE, WAITS};
use crate::api::tags;
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::edge::Stage;
use crate::http::gate::Judged;
use crate::http::operation::{Answer, Content, Operation};
use crate::http::problem::Problem;
use crate::http::route::Answered;
use crate::http::route::{Found, Handler, Route, When, Who, handler};
use crate::http::schemas::{text, written};
use crate::services::health::Readiness;
use axum::response::Response;
use http::StatusCode;
use serde::ser::SerializeMap;
use serde::ser::{Serialize, Serializer};

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
pub(super) struct ReadyJson<'a> {
    /// `ok` or `degraded`.
    pub status: &'static str,
    /// What else clients of `ops.allow` see; strangers get the status word alone.
    #[serde(flatten)]
    pub details: Option<ReadyDetails<'a>>,
}

/// What clients of `ops.allow` see of readiness.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "ReadyDetails")]
pub(super) struct ReadyDetails<'a> {
    /// Each check's name and whether it passed.
    #[schemars(with = "std::collections::BTreeMap<String, bool>")]
    pub checks: ChecksJson<'a>,
    /// The program's version.
    pub version: &'static str,
    /// Seconds since start.
    pub uptime: u64,
}

/// The checks as one object, in their fixed order.
#[derive(Debug)]
pub(super) struct ChecksJson<'a>(pub &'a Readiness);

impl Serialize for ChecksJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.checks.len()))?;
        for (name, passed) in &self.0.checks {
            map.serialize_entry(name, passed)?;
        }
        map.end()
    }
}

/// Answers `GET /health`; while the appliance stops, load balancers are sent elsewhere.
pub(crate) fn show_health(call: &Call<'_>) -> Result<Response, Problem> {
    if call.stage() == Stage::Draining {
        return Err(call::draining());
    }
    let body = HealthJson { status: "ok", time: call.edge.clock.now(), service: "mainstay" };
    Ok(call::shown(&body))
}

/// Answers that the process lives.
pub(crate) fn show_alive(call: &Call<'_>) -> Answered {
    let body = AliveJson { alive: true, status: "alive", timestamp: call.edge.clock.now() };
    Ok(call::shown(&body))
}

/// Answers whether start has completed; once it has, it stays so.
pub(crate) fn show_started(call: &Call<'_>) -> Answered {
    let started = call.services.is_some_and(|services| services.health.has_started());
    let (status, word) =
        if started { (StatusCode::OK, "started") } else { (StatusCode::SERVICE_UNAVAILABLE, "starting") };
    let body = StartupJson { started, status: word, timestamp: call.edge.clock.now() };
    Ok(call::uncached(call::json(status, &body)))
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
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let audience = Audience::of(call);
    call::uncached(match probe.form(call, audience) {
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
pub(crate) async fn show_database_ready(call: &Call<'_>) -> Answered {
    let readiness = readiness(call).await;
    let (status, word) = if readiness.is_ready() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    let database = if readiness.passed("database") { "connected" } else { "disconnected" };
    let body = DatabaseReadyJson { status: word, database, timestamp: call.edge.clock.now() };
    Ok(call::uncached(call::json(status, &body)))
}

async fn readiness(call: &Call<'_>) -> Readiness {
    match call.services {
        Some(services) if services.health.has_started() => services.health.readiness().await,
        _ => Readiness { checks: vec![("serving", false)] },
    }
}

/// Problems of a health question that work is done for while the appliance stops.
const DRAINING: &[Code] = &[Code::Draining];

static HEALTH: Operation = Operation::new(&tags::HEALTH, "showHealth", "Answers load balancers")
    .answers::<HealthJson>("Traffic may come.")
    .refuses(DRAINING);

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
        .answer(Answer::of(
            200,
            "It may.",
            &[
                Content::json(written::<ReadyJson<'static>>),
                Content::of(HEALTH_JSON, written::<PassJson>),
                Content::of("text/plain", text),
            ],
        ))
        .answer(Answer::of(
            503,
            "A check fails.",
            &[
                Content::json(written::<ReadyJson<'static>>),
                Content::of(HEALTH_JSON, written::<PassJson>),
                Content::of("text/plain", text),
            ],
        ))
        .refuses(WAITS)
        .refuses(&[Code::InvalidQuery]);

static CHECKED: Operation =
    Operation::new(&tags::HEALTH, "showCheck", "Answers whether one check of readiness passes")
        .parameters(&[VERBOSE])
        .answer(Answer::of(
            200,
            "It does.",
            &[
                Content::json(written::<ReadyJson<'static>>),
                Content::of(HEALTH_JSON, written::<PassJson>),
                Content::of("text/plain", text),
            ],
        ))
        .answer(Answer::of(
            503,
            "It does not.",
            &[
                Content::json(written::<ReadyJson<'static>>),
                Content::of(HEALTH_JSON, written::<PassJson>),
                Content::of("text/plain", text),
            ],
        ))
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

/// The routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::get("/health", Who::Anyone, Handler::Now(show_health), &HEALTH)
        .when(When::Started)
        .on(Found::Operations)
        .judged(Judged::Never),
    Route::get("/livez", Who::Anyone, Handler::Now(show_alive), &ALIVE)
        .when(When::Always)
        .on(Found::Operations)
        .judged(Judged::Never),
    Route::get("/live", Who::Anyone, Handler::Now(show_alive), &ALIVE)
        .when(When::Always)
        .on(Found::Operations)
        .judged(Judged::Never),
    Route::get("/api/health/live", Who::Anyone, Handler::Now(show_alive), &ALIVE)
        .when(When::Always)
        .on(Found::Operations)
        .judged(Judged::Never),
    Route::get("/health/live", Who::Anyone, Handler::Now(show_alive), &ALIVE)
        .when(When::Always)
        .on(Found::Operations)
        .judged(Judged::Never),
    Route::get("/startupz", Who::Anyone, Handler::Now(show_started), &STARTED)
        .when(When::Always)
        .on(Found::Operations)
        .judged(Judged::Never),
    Route::get("/readyz", Who::Anyone, handler!(show_ready), &READY)
        .when(When::Always)
        .on(Found::Operations)
        .judged(Judged::Never),
    Route::get("/ready", Who::Anyone, handler!(show_ready), &READY)
        .when(When::Always)
        .on(Found::Operations)
        .judged(Judged::Never),
    Route::get("/health/ready", Who::Anyone, handler!(show_database_ready), &DATABASE_READY)
        .when(When::Always)
        .on(Found::Operations)
        .judged(Judged::Never),
    Route::get("/readyz/{check}", Who::Anyone, handler!(show_check), &CHECKED)
        .when(When::Always)
        .on(Found::Operations)
        .judged(Judged::Never),
];
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_keep_their_order() {
        let readiness = Readiness { checks: vec![("sequencer", true), ("database", false)] };
        let ready = ReadyJson {
            status: "degraded",
            details: Some(ReadyDetails { checks: ChecksJson(&readiness), version: "1", uptime: 3 }),
        };
        assert_eq!(
            serde_json::to_string(&ready).unwrap(),
            r#"{"status":"degraded","checks":{"sequencer":true,"database":false},"version":"1","uptime":3}"#
        );
    }
}
