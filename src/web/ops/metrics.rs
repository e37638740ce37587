//! `GET /metrics`.

use crate::telemetry::metrics::Metrics;
use crate::web::call::{self, Call};
use axum::response::Response;
use http::StatusCode;

/// Answers every series in the Prometheus text format.
pub(in crate::web) fn show_metrics(call: &Call<'_>) -> Response {
    call::uncached(call::answer(StatusCode::OK, Metrics::CONTENT_TYPE, call.edge.metrics.render()))
}
