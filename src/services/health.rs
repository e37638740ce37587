//! Whether the appliance can take traffic.

use std::time::Duration;

/// Answers health questions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Health;

/// The answer to whether the appliance may take traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Each check's name and whether it passed, in a fixed order (`database`, `sequencer`, `disk`, `serving`).
    pub checks: Vec<(&'static str, bool)>,
}

impl Readiness {
    /// Tells whether every check passed.
    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|(_, passed)| *passed)
    }

    /// Tells whether the named check passed.
    pub fn passed(&self, name: &str) -> bool {
        self.checks.iter().any(|(check, passed)| *check == name && *passed)
    }
}

impl Health {
    /// Tells whether start has completed (configuration, migration, index).
    pub fn has_started(&self) -> bool {
        std::process::abort()
    }

    /// Tells whether the appliance is draining.
    pub fn is_draining(&self) -> bool {
        std::process::abort()
    }

    /// Runs or shares the probes (at most one run a second).
    pub async fn readiness(&self) -> Readiness {
        std::process::abort()
    }

    /// Returns the time since start.
    pub fn uptime(&self) -> Duration {
        std::process::abort()
    }
}
