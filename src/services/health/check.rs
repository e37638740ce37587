//! What a check found.

use crate::domain::time::Timestamp;
use std::time::Duration;

/// How a part of the appliance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// As it should be.
    Up,
    /// It works, and somebody should look at it.
    Degraded,
    /// It does not work.
    Down,
}

/// How the appliance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// How that part is.
    pub status: Status,
    /// How long the look at it took.
    pub latency: Duration,
    /// When it was looked at.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_check_decides() {
        let check = |status| Check { name: "x", status, latency: Duration::ZERO, at: Timestamp::default() };
        assert_eq!(Overall::of(&[]), Overall::Healthy);
        assert_eq!(Overall::of(&[check(Status::Up), check(Status::Degraded)]), Overall::Degraded);
        assert_eq!(Overall::of(&[check(Status::Down), check(Status::Degraded)]), Overall::Unhealthy);
    }
}
