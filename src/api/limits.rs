//! The limits in force.

use crate::api::{pressure, tags};
use crate::http::call::{self, Call};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::route::{ADMIN, Handler, Route};
use crate::services::limits::{Applies, Bound, Over, Pressure};
use axum::response::Response;
use serde::Serialize;

/// The limits in force, and whom they refuse.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Limits")]
pub(crate) struct LimitsJson<'a> {
    limits: Vec<LimitJson>,
    /// Which requests the limit by address counts: `unauthenticated` or `all`.
    rate_limit_applies: &'static str,
    /// Events in the journal that are not in the database yet; nothing limits them but the journal's size.
    unapplied_events: u64,
    /// What was refused, by what refused it.
    limited: Vec<LimitedJson>,
    /// Who is over a limit now: those who are refused longest, at most fifty.
    over: Vec<OverJson<'a>>,
    /// How many are over a limit in all.
    over_total: usize,
}

/// One limit.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Limit")]
struct LimitJson {
    /// What it limits, for people.
    what: &'static str,
    /// The setting that says it.
    setting: &'static str,
    /// How much is used now; null where every client has its own.
    used: Option<u64>,
    max: u64,
    /// In how much time; null: at once.
    window_seconds: Option<u64>,
}

/// What one kind of limit refused.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Limited")]
struct LimitedJson {
    /// `address`, `tenant`, `token`, `blocked_address` or `blocked_source`.
    scope: &'static str,
    /// Requests since the start.
    total: u64,
    /// Requests of about the last fifteen minutes.
    recent: u64,
}

/// Somebody who is over a limit.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Over")]
struct OverJson<'a> {
    /// `address`, `tenant` or `token`.
    scope: &'static str,
    /// The address, the tenant, or the token's id and its tenant.
    who: &'a str,
    /// Such as `100/1m`.
    limit: String,
    /// For how many seconds requests are still refused.
    left_seconds: u64,
}

impl<'a> From<&'a Pressure> for LimitsJson<'a> {
    fn from(pressure: &'a Pressure) -> Self {
        let limit = |bound: &Bound| LimitJson {
            what: bound.what,
            setting: bound.setting,
            used: bound.used,
            max: bound.max,
            window_seconds: bound.window.map(|window| window.as_secs()),
        };
        let over = |over: &'a Over| OverJson {
            scope: over.scope.as_str(),
            who: &over.who,
            limit: over.quota.to_string(),
            left_seconds: over.left.as_secs(),
        };
        let limited = pressure.limited.iter().map(|limited| LimitedJson {
            scope: limited.scope.as_str(),
            total: limited.total,
            recent: limited.recent,
        });
        Self {
            limits: pressure.bounds.iter().map(limit).collect(),
            rate_limit_applies: match pressure.applies {
                Applies::Unauthenticated => "unauthenticated",
                Applies::All => "all",
            },
            unapplied_events: pressure.unapplied,
            limited: limited.collect(),
            over: pressure.over.iter().map(over).collect(),
            over_total: pressure.over_total,
        }
    }
}

/// Shows the limits in force and whom they refuse.
pub(crate) fn show_limits(call: &Call<'_>) -> Result<Response, Problem> {
    let pressure = pressure::look(call)?;
    Ok(call::shown(&LimitsJson::from(&pressure)))
}

static LIMITS: Operation = Operation::new(
    &tags::MANAGEMENT,
    "showLimits",
    "Shows the limits in force, how much of them is used, and whom they refuse",
)
.answers::<LimitsJson<'static>>("As they are now.");

/// The routes.
pub(crate) static ROUTES: &[Route] =
    &[Route::get("/api/v1/limits", ADMIN, Handler::Now(show_limits), &LIMITS)];
