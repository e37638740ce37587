//! What a check found, and what is answered.

use crate::domain::time::Timestamp;
use crate::telemetry::summary::{Counts, Latency};
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;

/// How a part of the appliance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "CheckStatus")]
pub enum Status {
    /// As it should be.
    Up,
    /// It works, and somebody should look at it.
    Degraded,
    /// It does not work.
    Down,
}

/// How the appliance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overall {
    /// Every check is up.
    Healthy,
    /// At least one check is degraded.
    Degraded,
    /// At least one check is down.
    Unhealthy,
}

impl Overall {
    /// Returns what checks say together.
    pub fn of(checks: &[Check]) -> Self {
        match checks.iter().map(|check| check.status).max() {
            None | Some(Status::Up) => Self::Healthy,
            Some(Status::Degraded) => Self::Degraded,
            Some(Status::Down) => Self::Unhealthy,
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// How that part is.
    pub status: Status,
    /// Why, as a sentence.
    pub reason: String,
    /// How long the look at it took.
    pub latency: Duration,
    /// When it was looked at.
    pub at: Timestamp,
}

impl Check {
    /// Says what to do, unless the part is as it should be.
    pub fn way_out(&self) -> Option<&'static str> {
        (self.status != Status::Up).then(|| way_out(self.name))
    }
}

/// Says what to do about a part that is not up.
fn way_out(name: &str) -> &'static str {
    match name {
        "database" => {
            "Look whether the disk is slow, full or failing (mainstay doctor measures it); \
             the log says what the store met."
        }
        "session" | "agentRegistry" => "Restart the appliance; if it stays so, restore the newest snapshot.",
        "eventLedger" => {
            "Look at the load and the disk; an appliance that has failed is started again by its service manager."
        }
        "api" => "Look at the processor, the disk and who sends most; raise limits or the machine.",
        "disk" => "Make room on the disk of the data directory, or move it to a larger one.",
        "certificate" => {
            "Check the clock. Then run mainstay tls renew, or mainstay tls rotate-ca if it is about the authority, or \
             put a new certificate where tls.cert_file says."
        }
        "clock" => {
            "Set the clock and turn on a time service. If it is ahead and right, run mainstay clock confirm."
        }
        _ => "The log says more.",
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_check_decides() {
        let check = |status| Check {
            name: "x",
            status,
            reason: String::new(),
            latency: Duration::ZERO,
            at: Timestamp::default(),
        };
        assert_eq!(Overall::of(&[]), Overall::Healthy);
        assert_eq!(Overall::of(&[check(Status::Up), check(Status::Degraded)]), Overall::Degraded);
        assert_eq!(Overall::of(&[check(Status::Down), check(Status::Degraded)]), Overall::Unhealthy);
    }
}
