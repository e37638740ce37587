//! How everything is, at a glance.

use super::charts::charts;
use super::figures::{self, Figure};
use crate::console::chart::Drawn;
use crate::console::frame::{Frame, Section, page};
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{Route, SEE, handler};
use crate::services::health::Check;
use crate::services::overview::{Busiest, Overview, Trouble};
use crate::services::series::Span;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "console/overview.html")]
struct OverviewPage {
    frame: Frame,
    overall: (&'static str, &'static str),
    troubles: Vec<Trouble>,
    traffic: Vec<Figure>,
    machine: Vec<Figure>,
    availability: Vec<Figure>,
    spans: Vec<(&'static str, bool)>,
    charts: Vec<Drawn>,
    busiest: [(&'static str, &'static str, Busiest); 2],
    checks: Vec<Check>,
}

/// Shows the overview, with charts of `?span=1h`.
pub(in crate::console) async fn show_overview(call: &Call<'_>) -> Result<Response, Problem> {
    let span = span(call);
    let services = call.services()?;
    let overview = Overview::look(services).await;
    let now = overview.report.at;
    let shown = OverviewPage {
        frame: Frame::new(call, Section::Overview, "Overview"),
        overall: figures::overall(overview.report.overall()),
        traffic: figures::traffic(&overview.quarter),
        machine: figures::machine(&overview, call.options.connections_max, now),
        troubles: overview.troubles,
        availability: figures::availability(overview.availability),
        spans: Span::ALL.map(|known| (known.as_str(), known == span)).into(),
        charts: charts(span, &services.series.span(span, now)),
        busiest: [
            ("busiest-recent", "Busiest tenants, last 15 minutes", overview.recent),
            ("busiest-today", "Busiest tenants, today (UTC)", overview.today),
        ],
        checks: overview.report.checks,
    };
    page(StatusCode::OK, &shown)
}

/// Returns the span that was asked for; a link that names none is as good as one without.
fn span(call: &Call<'_>) -> Span {
    let query = Parameters::read(call.query(), &["span"]);
    query.text("span").and_then(|text| Span::parse(text).ok()).unwrap_or_default()
}

pub(in crate::console) static ROUTES: &[Route] = &[Route::page("/console", SEE, handler!(show_overview))];
