//! What tenants use.

use crate::api::parameters::{DAY, READS};
use crate::api::tags;
use crate::domain::time::Timestamp;
use crate::domain::usage::{Day, Totals};
use crate::http::call::{self, Call};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{ADMIN, Route, handler};
use axum::response::Response;
use serde::Serialize;

/// What tenants used on a day.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Usage")]
pub(crate) struct UsageJson {
    /// The day, such as `2026-03-01`.
    pub day: String,
    /// Tenants that used anything, by number.
    pub tenants: Vec<TenantUsageJson>,
}

/// What a tenant used.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "TenantUsage")]
pub(crate) struct TenantUsageJson {
    /// Its slug.
    pub tenant: String,
    /// Events stored.
    pub events: u64,
    /// Repeats of stored events.
    pub repeats: u64,
    /// Bytes of the payloads stored.
    pub bytes: u64,
    /// Milliseconds its requests took to be answered.
    pub processing_ms: u64,
}

impl TenantUsageJson {
    pub(crate) fn new(tenant: String, totals: Totals) -> Self {
        let Totals { events, repeats, bytes, micros } = totals;
        Self { tenant, events, repeats, bytes, processing_ms: micros / 1_000 }
    }
}

/// Answers what tenants used on `?day=2026-03-01`, or today as far as it was written.
pub(crate) async fn show_usage(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), &["day"]);
    let day = parameters.parse("day", |text| {
        Timestamp::parse(&format!("{text}T00:00:00Z"))
            .map(Day::of)
            .map_err(|_error| "is no day; hint: write year, month and day, such as 2026-03-01")
    });
    parameters.finish()?;
    let day = day.unwrap_or_else(|| Day::of(call.edge.clock.now()));
    let services = call.services()?;
    let usage = services.usage.clone();
    let rows = services.reading.beside(move || usage.named(day)).await?;
    let rows = rows.map_err(|_failed| Problem::from(crate::services::reading::ReadError::Stopped))?;
    let tenants = rows.into_iter().map(|(slug, totals)| TenantUsageJson::new(slug, totals)).collect();
    Ok(call::shown(&UsageJson { day: day.to_string(), tenants }))
}

static USAGE: Operation = Operation::new(&tags::JOBS, "showUsage", "Shows what tenants used on a day")
    .detail("Numbers are written every minute.")
    .parameters(&[DAY])
    .answers::<UsageJson>("Tenants that used anything.")
    .refuses(READS);

pub(crate) static ROUTES: &[Route] = &[Route::get("/api/v1/usage", ADMIN, handler!(show_usage), &USAGE)];
