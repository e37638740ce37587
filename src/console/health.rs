//! Every check, the gates and what is in the way, background work, and confirming a clock that is doubted.

use crate::console::form::{self, Faults, REQUEST, fresh_key};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::overview::overall;
use crate::domain::believed_time::{ClockStanding, ClockState};
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::route::{CHANGE, Route, SEE, handler};
use crate::platform::workers::{WorkerState, WorkerStatus};
use crate::services::health::{Check, Gates};
use crate::services::refusal::Refusal;
use askama::Template;
use axum::response::Response;

/// The page's address.
const ADDRESS: &str = "/console/health";

#[derive(Template)]
#[template(path = "console/health.html")]
struct HealthPage {
    frame: Frame,
    overall: (&'static str, &'static str),
    checks: Vec<Check>,
    /// The clock while it is doubted.
    clock: Option<ClockState>,
    /// Makes a reloaded form harmless.
    request: String,
    faults: Faults,
    /// Whether traffic may come, and what decides it.
    ready: (&'static str, &'static str),
    conditions: Vec<(&'static str, (&'static str, &'static str))>,
    /// Each gate, and whether it is open.
    gates: Vec<(&'static str, bool)>,
    blockers: Vec<&'static str>,
    workers: Vec<WorkerStatus>,
}

fn state_of(worker: &WorkerStatus) -> (&'static str, &'static str) {
    let class = match worker.state {
        WorkerState::Idle | WorkerState::Running => "ok",
        WorkerState::Failed => "bad",
    };
    (class, worker.state.as_str())
}

/// Shows health. What was not looked at within the last second is looked at now.
pub(super) async fn show_health(call: &Call<'_>) -> Result<Response, Problem> {
    health(call, Faults::default()).await
}

/// Confirms the clock.
pub(super) async fn confirm_clock(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &[REQUEST]).await?;
    match call.services()?.clock.confirm(form.request(call)?).await {
        Ok(_state) => Ok(done(ADDRESS, "confirmed")),
        Err(Refusal::Repeated { .. }) => Ok(done(ADDRESS, "before")),
        Err(refusal) => health(call, Faults::one("clock", refusal.to_string())).await,
    }
}

async fn health(call: &Call<'_>, faults: Faults) -> Result<Response, Problem> {
    let services = call.services()?;
    let (health, summary) = (&services.health, call.edge.metrics.summary());
    let (report, readiness, gates) =
        (health.report(summary).await, health.readiness().await, health.gates(summary).await);
    let shown = HealthPage {
        frame: Frame::new(call, Section::Health, "Health"),
        overall: overall(report.overall()),
        checks: report.checks,
        clock: Some(services.clock.state())
            .filter(|state| matches!(state.standing, ClockStanding::Ahead { .. })),
        request: fresh_key(call),
        faults,
        ready: if readiness.is_ready() {
            ("ok", "Ready: traffic may come.")
        } else {
            ("bad", "Not ready: load balancers are told to send nothing.")
        },
        conditions: readiness.checks.iter().map(|(name, passed)| (condition(name), word(*passed))).collect(),
        blockers: blockers(&gates),
        gates: gates.gates,
        workers: services.workers.list(),
    };
    page(shown.faults.status(), &shown)
}

fn word(passed: bool) -> (&'static str, &'static str) {
    if passed { ("ok", "yes") } else { ("bad", "no") }
}

fn condition(name: &'static str) -> &'static str {
    match name {
        "database" => "The database works",
        "sequencer" => "The sequencer writes",
        "disk" => "The disk is above its reserve",
        "serving" => "It is neither starting nor stopping",
        other => other,
    }
}

fn meaning(gate: &str) -> &'static str {
    match gate {
        "health" => "No check is down.",
        "ledger" => "Events that are acknowledged reach the database.",
        "tenant" => "The tenants system and default exist and are active.",
        "agents" => "The table of agents answers.",
        "workflows" => "The job runner looks for what is due.",
        _ => "",
    }
}

fn blockers(gates: &Gates) -> Vec<&'static str> {
    gates.gates.iter().filter(|(_, open)| !open).map(|(name, _)| *name).collect()
}

pub(super) static ROUTES: &[Route] = &[
    Route::page(ADDRESS, SEE, handler!(show_health)),
    Route::form("/console/health/clock", CHANGE, handler!(confirm_clock)),
];
