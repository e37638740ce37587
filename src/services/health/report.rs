//! What is answered.

use super::check::{Check, Overall};
use crate::domain::time::Timestamp;
use crate::telemetry::summary::{Counts, Latency};
use std::time::Duration;

/// The answer to whether the appliance may take traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Each check's name and whether it passed, in a fixed order (`database`, `sequencer`, `disk`, `serving`).
    pub checks: Vec<(&'static str, bool)>,
}

impl Readiness {
    /// The names of all checks.
    pub const CHECKS: [&str; 4] = ["database", "sequencer", "disk", "serving"];

    /// Tells whether every check passed.
    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|(_, passed)| *passed)
    }

    /// Tells whether the named check passed.
    pub fn passed(&self, name: &str) -> bool {
        self.checks.iter().any(|(check, passed)| *check == name && *passed)
    }
}

/// The answer to how the appliance is.
#[derive(Clone, Debug)]
pub struct Report {
    /// Now.
    pub at: Timestamp,
    /// What the checks found.
    pub checks: Vec<Check>,
    /// Free bytes and all bytes of the disk; none when it does not say.
    pub space: Option<(u64, u64)>,
    /// When the appliance was started.
    pub started_at: Timestamp,
    /// Time since then.
    pub uptime: Duration,
    /// Requests of the last fifteen minutes.
    pub counts: Counts,
    /// How long they took.
    pub latency: Latency,
}

impl Report {
    /// The names of all checks; `certificate` is absent where there is none.
    pub const CHECKS: [&str; 8] =
        ["database", "session", "eventLedger", "agentRegistry", "api", "disk", "certificate", "clock"];

    /// Returns what the checks say together.
    pub fn overall(&self) -> Overall {
        Overall::of(&self.checks)
    }
}

/// The answer to whether what the appliance is for can be done. Intake never asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gates {
    /// Each gate's name and whether it is open, in a fixed order.
    pub gates: Vec<(&'static str, bool)>,
    /// Whether the database answers.
    pub database: bool,
}
