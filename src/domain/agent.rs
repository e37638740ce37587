//! Agents: workers elsewhere that tell the appliance at intervals that they are there.

use crate::crypto::digest::{Digest, sha256};
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::TenantNumber;
use crate::domain::names::Slug;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Most agents of an appliance: they all stand in memory.
pub const AGENTS_MAX: usize = 4_096;

/// Most agents of one tenant, so that none takes all the room; they fit one answer.
pub const AGENTS_PER_TENANT_MAX: usize = 256;

/// Shortest time between two heartbeats: a shorter one tells nothing more and costs a request each.
pub const INTERVAL_MIN: Duration = Duration::from_secs(5);

/// Longest time between two heartbeats: a day.
pub const INTERVAL_MAX: Duration = Duration::from_hours(24);

/// The time between two heartbeats of an agent that names none.
pub const INTERVAL_DEFAULT: Duration = Duration::from_mins(1);

/// After so many halves of an interval without a heartbeat an agent is late: one may be a moment behind.
const LATE_HALVES: u32 = 3;

/// After so many halves of an interval it is down: two heartbeats in a row were missed and the third is due.
const DOWN_HALVES: u32 = 6;

/// An agent as the appliance knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Whose agent it is.
    pub tenant: TenantNumber,
    /// Its name, unique within the tenant.
    pub name: Slug,
    /// What it is, for people.
    pub kind: String,
    /// Which version of it runs.
    pub version: Option<String>,
    /// How often it means to send a heartbeat.
    pub interval: Duration,
    /// Whether somebody has paused it.
    pub work: Work,
    /// When it was registered first.
    pub registered_at: Timestamp,
    /// When it was heard of last: a registration counts.
    pub last_heartbeat: Timestamp,
    /// What the last request with an idempotency key was, so that its repeat is known.
    pub last_request: Option<RequestMark>,
}

/// Whether an agent is meant to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// It is.
    Wanted,
    /// Somebody has paused it; its silence means nothing.
    Paused,
}

/// How an agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Its heartbeats come.
    Active,
    /// One is overdue.
    Late,
    /// Several are.
    Down,
    /// It is paused.
    Paused,
}

/// Digest of a request's purpose and idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestMark(pub Digest);

impl RequestMark {
    /// Marks a request for a purpose.
    pub fn new(purpose: &str, key: &IdempotencyKey) -> Self {
        Self(sha256(&[purpose.as_bytes(), b"\0", key.as_str().as_bytes()]))
    }
}

impl Agent {
    /// Tells how the agent is, given that nothing could be heard of it before `listening_since`.
    pub fn state(&self, now: Timestamp, listening_since: Timestamp) -> AgentState {
        let silent = now.duration_since(self.last_heartbeat.max(listening_since));
        let half = self.interval / 2;
        match self.work {
            Work::Paused => AgentState::Paused,
            Work::Wanted if silent > half * DOWN_HALVES => AgentState::Down,
            Work::Wanted if silent > half * LATE_HALVES => AgentState::Late,
            Work::Wanted => AgentState::Active,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_that_is_silent_is_late_and_then_down() {
        let at = |seconds: u64| Timestamp::from_micros(seconds * 1_000_000);
        let mut agent = Agent {
            tenant: TenantNumber(1),
            name: Slug::parse("till").unwrap(),
            kind: "till".to_owned(),
            version: None,
            interval: Duration::from_mins(1),
            work: Work::Wanted,
            registered_at: at(0),
            last_heartbeat: at(100),
            last_request: None,
        };
        let states = [100, 190, 191, 280, 281].map(|now| agent.state(at(now), at(0)));
        assert_eq!(
            states,
            [AgentState::Active, AgentState::Active, AgentState::Late, AgentState::Late, AgentState::Down]
        );
        assert_eq!(agent.state(at(5_000), at(4_950)), AgentState::Active, "nobody listened in between");
        agent.work = Work::Paused;
        assert_eq!(agent.state(at(5_000), at(0)), AgentState::Paused);
    }
}
