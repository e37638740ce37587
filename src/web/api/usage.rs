//! What tenants use.

use crate::domain::time::Timestamp;
use crate::domain::usage::Day;
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::request::query::Parameters;
use crate::web::wire::usage::{TenantUsageJson, UsageJson};
use axum::response::Response;
use http::StatusCode;

/// Answers what tenants used on `?day=2026-03-01`, or today as far as it was written.
pub(in crate::web) async fn show_usage(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.parts.uri.query(), &["day"]);
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
    let body = UsageJson { day: day.to_string(), tenants };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}
