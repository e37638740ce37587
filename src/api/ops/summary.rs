//! `GET /metrics` and `GET /api/metrics`.

use crate::api::tags;
use crate::domain::scope::Scope;
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::gate::Judged;
use crate::http::operation::{Answer, Content, Operation};
use crate::http::places::Class;
use crate::http::route::{Answered, Found, Handler, Route, When, Who};
use crate::http::schemas::text;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::summary::{Counts, Latency, Summary, TenantOverview};
use http::StatusCode;
use std::time::Instant;

/// `GET /api/metrics`.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Summary")]
pub(crate) struct SummaryJson {
    /// Now.
    pub timestamp: Timestamp,
    /// How many seconds the numbers reach back.
    #[serde(rename = "windowSeconds")]
    pub window_seconds: u64,
    /// All requests.
    pub requests: RequestsJson,
    /// How long they took.
    pub latency: LatencyJson,
    /// The same by tenant.
    pub tenants: Vec<TenantSummaryJson>,
}

/// How many requests there were.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "RequestCounts")]
pub(crate) struct RequestsJson {
    /// All of them.
    pub total: u64,
    /// Those with a status below 400.
    pub success: u64,
    /// Those refused for the client's mistake: 4xx.
    pub refused: u64,
    /// Those that failed for the appliance's own reasons: 5xx.
    pub errors: u64,
    /// Which part of all requests failed, from 0 to 1.
    #[serde(rename = "errorRate")]
    pub error_rate: f64,
}

/// How long requests took, in milliseconds with three decimals; zero when there were none.
#[derive(Debug, PartialEq, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Latency")]
pub(crate) struct LatencyJson {
    /// What half of them took at most.
    pub p50: f64,
    /// What 95 of 100 took at most.
    pub p95: f64,
    /// What 99 of 100 took at most.
    pub p99: f64,
    /// The average.
    pub avg: f64,
}

/// One tenant's requests.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "TenantSummary")]
pub(crate) struct TenantSummaryJson {
    /// Slug; null: all tenants beyond those with numbers of their own.
    pub tenant: Option<String>,
    /// How many requests there were.
    pub requests: RequestsJson,
    /// How long they took.
    pub latency: LatencyJson,
    /// How many requests the latency leaves out; absent when none.
    #[serde(rename = "latencyLeavesOut", skip_serializing_if = "is_zero")]
    pub latency_leaves_out: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl From<&TenantOverview> for TenantSummaryJson {
    fn from(overview: &TenantOverview) -> Self {
        Self {
            tenant: overview.tenant.clone(),
            requests: overview.counts.into(),
            latency: overview.latency.into(),
            latency_leaves_out: overview.unplaced,
        }
    }
}

impl From<Counts> for RequestsJson {
    fn from(counts: Counts) -> Self {
        let Counts { total, success, refused, errors } = counts;
        Self { total, success, refused, errors, error_rate: rounded(counts.error_rate()) }
    }
}

impl From<Latency> for LatencyJson {
    fn from(latency: Latency) -> Self {
        let Latency { p50_ms, p95_ms, p99_ms, average_ms } = latency;
        Self { p50: rounded(p50_ms), p95: rounded(p95_ms), p99: rounded(p99_ms), avg: rounded(average_ms) }
    }
}

/// Rounds to three decimals: microseconds, where the number is one of milliseconds.
pub(crate) fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}

pub(crate) fn show_metrics(call: &Call<'_>) -> Answered {
    let metrics = &call.edge.metrics;
    for class in Class::ALL {
        let (taken, max) = call.edge.places.used(class);
        metrics.http.places(class.scope(), taken, max);
    }
    let text = call.edge.metrics_text.get(|| metrics.render());
    Ok(call::uncached(call::answer(StatusCode::OK, Metrics::CONTENT_TYPE, text)))
}

/// Answers the last fifteen minutes of requests, overall and by tenant.
pub(crate) fn show_summary(call: &Call<'_>) -> Answered {
    let overview = call.edge.metrics.summary().overview(Instant::now());
    Ok(call::shown(&SummaryJson {
        timestamp: call.edge.clock.now(),
        window_seconds: Summary::WINDOW.as_secs(),
        requests: overview.counts.into(),
        latency: overview.latency.into(),
        tenants: overview.tenants.iter().map(TenantSummaryJson::from).collect(),
    }))
}

static METRICS: Operation = Operation::new(&tags::METRICS, "showMetrics", "Gives every series")
    .detail("In the Prometheus text format.")
    .answer(Answer::of(200, "The series.", &[Content::of("text/plain", text)]));

static SUMMARY: Operation =
    Operation::new(&tags::METRICS, "showSummary", "Gives the requests of the last fifteen minutes")
        .answers::<SummaryJson>("Counts and percentiles.");

const fn route(path: &'static str, handler: Handler, operation: &'static Operation) -> Route {
    Route::get(path, Who::Operations(Scope::MetricsRead), handler, operation)
        .when(When::Started)
        .on(Found::Operations)
        .judged(Judged::ByBlocks)
}

pub(crate) static ROUTES: &[Route] = &[
    route("/metrics", Handler::Now(show_metrics), &METRICS),
    route("/api/metrics", Handler::Now(show_summary), &SUMMARY),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_and_what_is_complete_says_nothing_of_it() {
        let latency = Latency { p50_ms: 1.234_56, p95_ms: 2.0, p99_ms: 3.0, average_ms: 1.5 };
        let counts = Counts { total: 3, success: 1, refused: 1, errors: 1 };
        let tenant = TenantOverview { tenant: Some("acme".into()), counts, latency, unplaced: 0 };
        let json = serde_json::to_string(&TenantSummaryJson::from(&tenant)).unwrap();
        assert_eq!(
            json,
            r#"{"tenant":"acme","requests":{"total":3,"success":1,"refused":1,"errors":1,"errorRate":0.333},"latency":{"p50":1.235,"p95":2.0,"p99":3.0,"avg":1.5}}"#
        );
    }
}
