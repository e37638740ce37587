//! Health at a glance.

use crate::services::health::{Overall, Status};
use crate::web::call::Call;
use crate::web::console::frame::{Frame, Section, page};
use crate::web::console::words::{Moment, grouped, milliseconds, roughly};
use crate::web::problem::Problem;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "console/overview.html")]
struct OverviewPage {
    frame: Frame,
    overall: (&'static str, &'static str),
    checks: Vec<CheckView>,
    requests: Vec<(&'static str, String)>,
    latency: Vec<(&'static str, String)>,
    uptime: String,
    started: Moment,
    version: &'static str,
}

struct CheckView {
    name: &'static str,
    state: (&'static str, &'static str),
    latency: String,
    looked: Moment,
}

/// Returns what people call a check.
pub(super) fn part(check: &'static str) -> &'static str {
    match check {
        "database" => "Database",
        "session" => "Sessions",
        "eventLedger" => "Event ledger",
        "agentRegistry" => "Agents",
        "api" => "HTTP",
        "disk" => "Disk",
        "certificate" => "Certificate",
        "clock" => "Clock",
        other => other,
    }
}

/// Shows the overview.
pub(super) async fn show_overview(call: &Call<'_>) -> Result<Response, Problem> {
    let report = call.services()?.health.report(call.edge.metrics.summary()).await;
    let now = report.at;
    let checks = report.checks.iter().map(|check| CheckView {
        name: part(check.name),
        state: match check.status {
            Status::Up => ("ok", "up"),
            Status::Degraded => ("warn", "degraded"),
            Status::Down => ("bad", "down"),
        },
        latency: milliseconds(check.latency),
        looked: Moment::new(check.at, now),
    });
    let (counts, latency) = (&report.counts, &report.latency);
    let shown = OverviewPage {
        frame: Frame::new(call, Section::Overview, "Overview"),
        overall: match report.overall() {
            Overall::Healthy => ("ok", "Everything works."),
            Overall::Degraded => ("warn", "It works, and somebody should look at what is marked."),
            Overall::Unhealthy => ("bad", "Something does not work."),
        },
        checks: checks.collect(),
        requests: vec![
            ("All", grouped(counts.total)),
            ("Success", grouped(counts.success)),
            ("Refused", grouped(counts.refused)),
            ("Failed", grouped(counts.errors)),
        ],
        latency: vec![
            ("Median time", format!("{:.2} ms", latency.p50_ms)),
            ("95 % within", format!("{:.2} ms", latency.p95_ms)),
            ("99 % within", format!("{:.2} ms", latency.p99_ms)),
        ],
        uptime: roughly(report.uptime),
        started: Moment::new(report.started_at, now),
        version: env!("CARGO_PKG_VERSION"),
    };
    page(StatusCode::OK, &shown)
}
