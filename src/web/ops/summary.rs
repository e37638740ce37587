//! `GET /api/metrics`.

use crate::telemetry::summary::Summary;
use crate::web::call::{self, Call};
use crate::web::wire::summary::SummaryJson;
use axum::response::Response;
use http::StatusCode;
use std::time::Instant;

/// Answers the last fifteen minutes of requests, overall and by tenant.
pub(in crate::web) fn show_summary(call: &Call<'_>) -> Response {
    let overview = call.edge.metrics.summary().overview(Instant::now());
    let body = SummaryJson::new(call.edge.clock.now(), Summary::WINDOW, &overview);
    call::uncached(call::json(StatusCode::OK, &body))
}
