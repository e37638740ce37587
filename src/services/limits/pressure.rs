//! The limits in force, how much of them is used, and whom they refuse, as they were found at one moment.

use super::rate::Applies;
use crate::domain::rate::Quota;
use crate::telemetry::metrics::{LimitScope, Limited};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use std::time::Duration;

/// One limit.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Limit")]
pub struct Bound {
    /// What it limits, for people.
    pub what: &'static str,
    /// The setting that says it.
    pub setting: &'static str,
    /// How much is used now; null where every client has its own.
    pub used: Option<u64>,
    /// The most.
    pub max: u64,
    /// In how much time; null: at once.
    #[serde(rename = "window_seconds", serialize_with = "optional_seconds")]
    #[schemars(with = "Option<u64>")]
    pub window: Option<Duration>,
}

/// Somebody who has sent more than a limit lets through, and is refused for a while.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Over {
    /// `address`, `tenant` or `token`.
    pub scope: LimitScope,
    /// The address, the tenant, or the token's id and its tenant.
    pub who: String,
    /// Such as `100/1m`.
    #[serde(rename = "limit")]
    pub quota: Quota,
    /// For how many seconds requests are still refused.
    #[serde(rename = "left_seconds", serialize_with = "seconds")]
    #[schemars(with = "u64")]
    pub left: Duration,
}

/// The limits in force, and whom they refuse.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Limits")]
pub struct Pressure {
    /// Every limit.
    #[serde(rename = "limits")]
    pub bounds: Vec<Bound>,
    /// Which requests the limit by address counts: `unauthenticated` or `all`.
    #[serde(rename = "rate_limit_applies")]
    pub applies: Applies,
    /// Events in the journal that are not in the database yet; nothing limits them but the journal's size.
    #[serde(rename = "unapplied_events")]
    pub unapplied: u64,
    /// What was refused, by what refused it.
    pub limited: Vec<Limited>,
    /// Who is over a limit now: those who are refused longest, at most fifty.
    pub over: Vec<Over>,
    /// How many are over a limit in all.
    pub over_total: usize,
}

#[expect(clippy::ref_option, reason = "the signature that serde asks for")]
fn optional_seconds<S: Serializer>(window: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    window.map(|window| window.as_secs()).serialize(serializer)
}

fn seconds<S: Serializer>(left: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(left.as_secs())
}
