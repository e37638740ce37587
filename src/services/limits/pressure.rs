//! The limits in force, how much of them is used, and whom they refuse, as they were found at one moment.

use super::rate::Applies;
use crate::domain::rate::Quota;
use crate::telemetry::metrics::{LimitScope, Limited};
use std::time::Duration;

/// One limit.
#[derive(Debug)]
pub struct Bound {
    /// What it limits, for people.
    pub what: &'static str,
    /// The setting that says it.
    pub setting: &'static str,
    /// How much is used now; none where every client has its own.
    pub used: Option<u64>,
    /// The most.
    pub max: u64,
    /// In how much time; none: at once.
    pub window: Option<Duration>,
}

/// Somebody who has sent more than a limit lets through, and is refused for a while.
#[derive(Debug)]
pub struct Over {
    /// Which limit.
    pub scope: LimitScope,
    /// The address, the tenant's slug, or the token's id.
    pub who: String,
    /// The limit.
    pub quota: Quota,
    /// For how long still.
    pub left: Duration,
}

/// Everything about limits at one moment.
#[derive(Debug)]
pub struct Pressure {
    /// Every limit.
    pub bounds: Vec<Bound>,
    /// Which requests the first of them counts.
    pub applies: Applies,
    /// Events in the journal that wait for the database.
    pub unapplied: u64,
    /// What was refused, by what refused it.
    pub limited: Vec<Limited>,
    /// Who is over a limit; there may be more.
    pub over: Vec<Over>,
    /// How many there are in all, named or not.
    pub over_total: usize,
}
