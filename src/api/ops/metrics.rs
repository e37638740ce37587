//! `GET /metrics`.

use crate::api::tags;
use crate::domain::scope::Scope;
use crate::http::call::{self, Call};
use crate::http::gate::Judged;
use crate::http::operation::{Answer, Content, Operation};
use crate::http::route::Answered;
use crate::http::route::{Found, Handler, Route, When, Who};
use crate::http::schemas::text;
use crate::telemetry::metrics::Metrics;
use http::StatusCode;

/// Answers every series in the Prometheus text format.
pub(crate) fn show_metrics(call: &Call<'_>) -> Answered {
    Ok(call::uncached(call::answer(StatusCode::OK, Metrics::CONTENT_TYPE, call.edge.metrics.render())))
}

static METRICS: Operation = Operation::new(&tags::METRICS, "showMetrics", "Gives every series")
    .detail("In the Prometheus text format.")
    .answer(Answer::of(200, "The series.", &[Content::of("text/plain", text)]));

/// The routes.
pub(crate) static ROUTES: &[Route] =
    &[Route::get("/metrics", Who::Operations(Scope::MetricsRead), Handler::Now(show_metrics), &METRICS)
        .when(When::Started)
        .on(Found::Operations)
        .judged(Judged::ByBlocks)];
