//! Version, API documents, and a text for whoever helps.

use crate::api::diagnostics::as_text;
use crate::console::frame::{Frame, Section, page};
use crate::console::words::{Moment, roughly};
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::route::{Route, SEE, handler};
use crate::services::health::Overall;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "console/about.html")]
struct AboutPage {
    frame: Frame,
    version: &'static str,
    build: &'static str,
    platform: String,
    health: (&'static str, &'static str),
    started: Moment,
    uptime: String,
    schema: Option<String>,
    text: String,
}

pub(super) async fn show_diagnostics(call: &Call<'_>) -> Result<Response, Problem> {
    let gathered = call.services()?.diagnostics.gather(call.edge.metrics.summary()).await;
    let report = &gathered.report;
    let shown = AboutPage {
        frame: Frame::new(call, Section::Settings, "Version and diagnostics"),
        version: gathered.version,
        build: gathered.build,
        platform: gathered.system.platform.clone(),
        health: match report.overall() {
            Overall::Healthy => ("ok", "healthy"),
            Overall::Degraded => ("warn", "degraded"),
            Overall::Unhealthy => ("bad", "unhealthy"),
        },
        started: Moment::new(report.started_at, report.at),
        uptime: roughly(report.uptime),
        schema: gathered.schema.map(|(version, due)| match due {
            0 => format!("version {version}"),
            _ => format!("version {version}, {due} steps are due"),
        }),
        text: as_text(&gathered),
    };
    page(StatusCode::OK, &shown)
}

pub(super) static ROUTES: &[Route] = &[Route::page("/console/about", SEE, handler!(show_diagnostics))];
