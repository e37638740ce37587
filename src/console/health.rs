//! Every check, the gates and what is in the way, and background work.

use crate::console::frame::{Frame, Section, page};
use crate::console::overview::part;
use crate::console::words::{Moment, grouped, milliseconds};
use crate::domain::time::Timestamp;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::route::{Route, SEE, handler};
use crate::platform::workers::{WorkerState, WorkerStatus};
use crate::services::health::{Gates, Overall, Report, Status};
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "console/health.html")]
struct HealthPage {
    frame: Frame,
    overall: (&'static str, &'static str),
    checks: Vec<CheckView>,
    /// Whether traffic may come, and what decides it.
    ready: (&'static str, &'static str),
    conditions: Vec<(&'static str, (&'static str, &'static str))>,
    gates: Vec<GateView>,
    blockers: Vec<&'static str>,
    workers: Vec<WorkerView>,
}

struct CheckView {
    name: &'static str,
    state: (&'static str, &'static str),
    reason: String,
    way_out: Option<&'static str>,
    latency: String,
    looked: Moment,
}

struct GateView {
    name: &'static str,
    state: (&'static str, &'static str),
    means: &'static str,
}

struct WorkerView {
    name: &'static str,
    state: (&'static str, &'static str),
    last_step: Option<Moment>,
    next_step: Option<Moment>,
    steps: String,
    failures: String,
    last_error: String,
}

impl WorkerView {
    fn new(status: WorkerStatus, now: Timestamp) -> Self {
        let moment = |at: Option<Timestamp>| at.map(|at| Moment::new(at, now));
        let class = match status.state {
            WorkerState::Idle | WorkerState::Running => "ok",
            WorkerState::Failed => "bad",
        };
        Self {
            name: status.name,
            state: (class, status.state.as_str()),
            last_step: moment(status.last_step_at),
            next_step: moment(status.next_step_at),
            steps: grouped(status.steps),
            failures: grouped(status.failures),
            last_error: status.last_error.unwrap_or_default(),
        }
    }
}

/// Shows health. What was not looked at within the last second is looked at now.
pub(super) async fn show_health(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let (health, summary) = (&services.health, call.edge.metrics.summary());
    let (report, readiness, gates) =
        (health.report(summary).await, health.readiness().await, health.gates(summary).await);
    let shown = HealthPage {
        frame: Frame::new(call, Section::Health, "Health"),
        overall: overall(&report),
        checks: checks(&report),
        ready: if readiness.is_ready() {
            ("ok", "Ready: traffic may come.")
        } else {
            ("bad", "Not ready: load balancers are told to send nothing.")
        },
        conditions: readiness.checks.iter().map(|(name, passed)| (condition(name), word(*passed))).collect(),
        gates: gates.gates.iter().map(|(name, open)| gate(name, *open)).collect(),
        blockers: blockers(&gates),
        workers: services.workers.list().into_iter().map(|one| WorkerView::new(one, report.at)).collect(),
    };
    page(StatusCode::OK, &shown)
}

fn overall(report: &Report) -> (&'static str, &'static str) {
    match report.overall() {
        Overall::Healthy => ("ok", "Everything works."),
        Overall::Degraded => ("warn", "It works, and somebody should look at what is marked."),
        Overall::Unhealthy => ("bad", "Something does not work."),
    }
}

fn checks(report: &Report) -> Vec<CheckView> {
    let view = |check: &crate::services::health::Check| CheckView {
        name: part(check.name),
        state: match check.status {
            Status::Up => ("ok", "up"),
            Status::Degraded => ("warn", "degraded"),
            Status::Down => ("bad", "down"),
        },
        reason: check.reason.clone(),
        way_out: check.way_out(),
        latency: milliseconds(check.latency),
        looked: Moment::new(check.at, report.at),
    };
    report.checks.iter().map(view).collect()
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

fn gate(name: &'static str, open: bool) -> GateView {
    let means = match name {
        "health" => "No check is down.",
        "ledger" => "Events that are acknowledged reach the database.",
        "tenant" => "The tenants system and default exist and are active.",
        "agents" => "The table of agents answers.",
        "workflows" => "The job runner looks for what is due.",
        _ => "",
    };
    GateView { name, state: if open { ("ok", "open") } else { ("bad", "closed") }, means }
}

fn blockers(gates: &Gates) -> Vec<&'static str> {
    gates.gates.iter().filter(|(_, open)| !open).map(|(name, _)| *name).collect()
}

/// The routes.
pub(super) static ROUTES: &[Route] = &[Route::page("/console/health", SEE, handler!(show_health))];
