//! How everything is, and what it was like.

use crate::services::overview::Overview;
use crate::services::series::Span;
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::request::query::Parameters;
use crate::web::wire::overview::OverviewJson;
use crate::web::wire::series::SeriesJson;
use axum::response::Response;
use http::StatusCode;

/// Shows how everything is.
pub(in crate::web) async fn show_overview(call: &Call<'_>) -> Result<Response, Problem> {
    let overview = Overview::look(call.services()?).await;
    let body = OverviewJson::new(&overview, call.options.connections_max);
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

/// Shows what was kept of `?span=24h` up to now; an hour without.
pub(in crate::web) fn show_series(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.parts.uri.query(), &["span"]);
    let span = parameters.parse("span", Span::parse).unwrap_or_default();
    parameters.finish()?;
    let now = call.edge.clock.now();
    let services = call.services()?;
    services.series.refresh(now);
    let body = SeriesJson::new(now, span, &services.series.span(span, now));
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}
