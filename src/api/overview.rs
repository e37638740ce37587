//! The state of everything at one look, and its course.

use crate::api::ops::report_body::{CheckJson, Named};
use crate::api::ops::summary::rounded;
use crate::api::parameters::SPAN;
use crate::api::tags;
use crate::api::usage::TenantUsageJson;
use crate::domain::series::{AVAILABILITY_DAYS, Answered, Availability, OBJECTIVE, Sample, Taken};
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{ADMIN, Handler, Route, handler};
use crate::services::health::Overall;
use crate::services::overview::{Busiest, Disk, Overview, Trouble};
use crate::services::series::{Binned, Span};
use axum::response::Response;
use serde::Serialize;

/// `GET /api/v1/overview`.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Overview")]
pub(crate) struct OverviewJson<'a> {
    /// Now.
    timestamp: Timestamp,
    /// How the appliance is.
    status: Overall,
    /// The program's version.
    version: &'static str,
    /// When the appliance was started.
    started_at: Timestamp,
    /// What each check found.
    #[schemars(with = "std::collections::BTreeMap<String, CheckJson>")]
    checks: Named<CheckJson>,
    /// What needs attention, the worst first.
    problems: &'a [Trouble],
    /// Everything of the last fifteen minutes.
    last_15_minutes: SampleJson,
    /// Connections.
    connections: ConnectionsJson,
    /// Resident memory now.
    resident_bytes: u64,
    /// The disk; null when it does not say.
    disk: Option<Disk>,
    /// When the server's certificate ends; null where there is none.
    certificate_ends_at: Option<Timestamp>,
    /// How available the appliance was.
    availability: AvailabilityJson,
    /// The busiest tenants: the five with most events and the five whose requests took most time.
    busiest_last_15_minutes: Vec<TenantUsageJson>,
    /// The same of today (UTC).
    busiest_today: Vec<TenantUsageJson>,
}

/// Connections.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Connections")]
pub(crate) struct ConnectionsJson {
    /// Open now.
    open: u64,
    /// Most that a listener takes.
    limit: usize,
}

/// How available the appliance was, by whole minutes. A minute counts as up if every look in it found that traffic may
/// come; one in which the appliance did not run, planned or not, counts as down.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Availability")]
pub(crate) struct AvailabilityJson {
    /// Over how many days it is counted, or since the first start.
    days: u32,
    /// Minutes of that time.
    minutes: u32,
    /// Those that count as up.
    minutes_up: u32,
    /// Which part that is; null before the first minute has passed.
    share: Option<f64>,
    /// Which part the objective asks for.
    objective: f64,
    /// Minutes that may be down in that many days.
    budget_minutes: f64,
    /// Which part of them is left; negative when more were down.
    budget_left: f64,
}

fn busiest(busiest: &Busiest) -> Vec<TenantUsageJson> {
    busiest.tenants.iter().map(|busy| TenantUsageJson::new(busy.tenant.clone(), busy.used)).collect()
}

/// Rounds a part to six decimals.
fn exact(part: f64) -> f64 {
    (part * 1e6).round() / 1e6
}

/// `GET /api/v1/series`.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Series")]
pub(crate) struct SeriesJson {
    /// Now.
    pub(crate) timestamp: Timestamp,
    /// How far it reaches back: `15m`, `1h`, `24h`, `7d` or `90d`.
    pub(crate) span: &'static str,
    /// How many seconds a bin is long.
    pub(crate) bin_seconds: u64,
    /// From the oldest; the last one is not over.
    pub(crate) bins: Vec<BinJson>,
}

/// A piece of the time.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Bin")]
pub(crate) struct BinJson {
    /// When it begins.
    from: Timestamp,
    /// The stored measurements; null when the appliance did not run.
    sample: Option<SampleJson>,
}

/// What is kept of a stretch of time.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Sample")]
pub(crate) struct SampleJson {
    /// Requests by status.
    requests: Answered,
    /// Events by what became of them.
    events: Taken,
    /// Milliseconds that half of the requests took at most, within 4 %; null without requests.
    latency_p50_ms: Option<f64>,
    /// The same for 95 of 100.
    latency_p95_ms: Option<f64>,
    /// Which part of all requests failed for the appliance's own reasons, from 0 to 1; null without requests.
    error_share: Option<f64>,
    /// Most connections that were open at once.
    connections: u64,
    /// Processor time used, in parts of one processor; null while nothing was watched.
    cpu_share: Option<f64>,
    /// Most resident memory.
    resident_bytes: u64,
    /// Free bytes on the disk at the end; null while nobody has looked.
    disk_free_bytes: Option<u64>,
    /// Minutes in which every look found that traffic may come.
    minutes_up: u32,
}

impl From<&Sample> for SampleJson {
    fn from(sample: &Sample) -> Self {
        Self {
            requests: sample.answered,
            events: sample.taken,
            latency_p50_ms: sample.latencies.percentile_ms(50).map(rounded),
            latency_p95_ms: sample.latencies.percentile_ms(95).map(rounded),
            error_share: sample.error_share().map(exact),
            connections: sample.connections,
            cpu_share: sample.cpu_share().map(exact),
            resident_bytes: sample.resident_bytes,
            disk_free_bytes: sample.disk_free_bytes,
            minutes_up: sample.minutes_up,
        }
    }
}

pub(crate) async fn show_overview(call: &Call<'_>) -> Result<Response, Problem> {
    let overview = Overview::look(call.services()?).await;
    let (report, availability) = (&overview.report, overview.availability);
    Ok(call::shown(&OverviewJson {
        timestamp: report.at,
        status: report.overall(),
        version: env!("CARGO_PKG_VERSION"),
        started_at: report.started_at,
        checks: report.checks.iter().map(|check| (check.name, check.into())).collect(),
        problems: &overview.troubles,
        last_15_minutes: (&overview.quarter).into(),
        connections: ConnectionsJson { open: overview.connections, limit: call.options.connections_max },
        resident_bytes: overview.resident_bytes,
        disk: overview.disk,
        certificate_ends_at: overview.certificate_ends,
        availability: AvailabilityJson {
            days: AVAILABILITY_DAYS,
            minutes: availability.minutes,
            minutes_up: availability.up,
            share: availability.share().map(exact),
            objective: OBJECTIVE,
            budget_minutes: exact(Availability::budget()),
            budget_left: exact(availability.budget_left()),
        },
        busiest_last_15_minutes: busiest(&overview.recent),
        busiest_today: busiest(&overview.today),
    }))
}

/// Shows what was kept of `?span=24h` up to now; an hour without.
pub(crate) fn show_series(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), &["span"]);
    let span = parameters.parse("span", Span::parse).unwrap_or_default();
    parameters.finish()?;
    let now = call.edge.clock.now();
    let services = call.services()?;
    services.series.refresh(now);
    let bins = services.series.span(span, now);
    let show = |bin: &Binned| BinJson { from: bin.begin, sample: bin.sample.as_ref().map(SampleJson::from) };
    Ok(call::shown(&SeriesJson {
        timestamp: now,
        span: span.as_str(),
        bin_seconds: span.bin().as_secs(),
        bins: bins.iter().map(show).collect(),
    }))
}

static OVERVIEW: Operation = Operation::new(
    &tags::HEALTH,
    "showOverview",
    "Shows how everything is, and what to do about what is not well",
)
.answers::<OverviewJson<'static>>("How it is now.");

static SERIES: Operation = Operation::new(&tags::METRICS, "showSeries", "Shows requests, events, latency and the machine over time")
    .detail("Minutes are kept for a day and hours for 90 days; a crash forgets less than a minute. A bin is a minute for \
             `15m` and `1h`, half an hour for `24h`, three hours for `7d` and two days for `90d`.")
    .parameters(&[SPAN])
    .answers::<SeriesJson>("From the oldest bin.");

pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/overview", ADMIN, handler!(show_overview), &OVERVIEW),
    Route::get("/api/v1/series", ADMIN, Handler::Now(show_series), &SERIES),
];
