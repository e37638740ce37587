//! Agents: workers elsewhere that tell the appliance at intervals that they are there.

use crate::domain::ids::TenantNumber;
use crate::domain::members;
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

/// Most changes of its state that are kept of an agent: they stand in memory and in its row.
pub const CHANGES_MAX: usize = 20;

/// An agent as the appliance knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(rename = "interval_seconds")]
    #[serde(serialize_with = "members::seconds", deserialize_with = "members::from_seconds")]
    pub interval: Duration,
    /// Whether somebody has paused it.
    pub work: Work,
    /// When it was registered first.
    pub registered_at: Timestamp,
    /// When it was heard of last: a registration counts.
    pub last_heartbeat: Timestamp,
    /// The last changes of its state, oldest first. Before the first of them it was active.
    #[serde(default)]
    pub changes: Vec<StateChange>,
}

/// A state and when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(AgentState, u64)", into = "(AgentState, u64)")]
pub struct StateChange {
    /// The state.
    pub state: AgentState,
    /// When it began.
    pub at: Timestamp,
}

/// Short, with microseconds, because every heartbeat that is written writes all changes again.
impl From<StateChange> for (AgentState, u64) {
    fn from(change: StateChange) -> Self {
        (change.state, change.at.as_micros())
    }
}

impl From<(AgentState, u64)> for StateChange {
    fn from((state, micros): (AgentState, u64)) -> Self {
        Self { state, at: Timestamp::from_micros(micros) }
    }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl AgentState {
    /// Every state, the best first.
    pub const ALL: [Self; 4] = [Self::Active, Self::Late, Self::Down, Self::Paused];

    /// Returns the state's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Late => "late",
            Self::Down => "down",
            Self::Paused => "paused",
        }
    }

    /// Reads a state's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| "is not a state of agents; hint: active, late, down or paused".to_owned())
    }
}

impl Agent {
    /// Returns its place among what its tenant has.
    pub fn place(&self) -> String {
        format!("agents/{}", self.name)
    }

    /// Notes what its silence has made of it meanwhile; tells whether that was anything. What silence makes of an agent
    /// follows from when it was heard of last, so nobody needs to look at the very moment. Silence before
    /// `listening_since` says nothing, and makes nothing better of an agent that was late or down before.
    pub fn settle(&mut self, now: Timestamp, listening_since: Timestamp) -> bool {
        let (late, down) = self.silent_until(listening_since);
        match (self.last_state(), self.state(now, listening_since)) {
            (AgentState::Active, AgentState::Late) => self.note(AgentState::Late, late),
            (AgentState::Active, AgentState::Down) => {
                self.note(AgentState::Late, late);
                self.note(AgentState::Down, down);
            }
            (AgentState::Late, AgentState::Down) => self.note(AgentState::Down, down),
            _ => return false,
        }
        true
    }

    /// Hears of it.
    pub fn hear(&mut self, now: Timestamp, listening_since: Timestamp) {
        self.settle(now, listening_since);
        self.last_heartbeat = self.last_heartbeat.max(now);
        if self.work == Work::Wanted {
            self.note(AgentState::Active, now);
        }
    }

    /// Pauses it, or lets it work on.
    pub fn set_work(&mut self, work: Work, now: Timestamp, listening_since: Timestamp) {
        self.settle(now, listening_since);
        self.work = work;
        self.note(self.state(now, listening_since), now);
    }

    /// Tells since when a settled agent is as it is now.
    pub fn state_since(&self, now: Timestamp, listening_since: Timestamp) -> Timestamp {
        let state = self.state(now, listening_since);
        if let Some(last) = self.changes.last().filter(|last| last.state == state) {
            return last.at;
        }
        let (late, down) = self.silent_until(listening_since);
        match state {
            AgentState::Late => late,
            AgentState::Down => down,
            // It was silent before, but then nobody listened.
            _ if self.last_state() != state => listening_since,
            _ => self.registered_at,
        }
    }

    /// Returns from when on its silence makes it late, and down.
    fn silent_until(&self, listening_since: Timestamp) -> (Timestamp, Timestamp) {
        let (heard, half) = (self.last_heartbeat.max(listening_since), self.interval / 2);
        (heard.saturating_add(half * LATE_HALVES), heard.saturating_add(half * DOWN_HALVES))
    }

    fn last_state(&self) -> AgentState {
        self.changes.last().map_or(AgentState::Active, |last| last.state)
    }

    fn note(&mut self, state: AgentState, at: Timestamp) {
        if self.last_state() == state {
            return;
        }
        // A clock that was set back changes no order.
        let at = self.changes.last().map_or(at, |last| last.at.max(at));
        self.changes.push(StateChange { state, at });
        if self.changes.len() > CHANGES_MAX {
            self.changes.remove(0);
        }
    }

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
    use serde_json::json;

    /// Returns an agent that was registered and then heard of at these seconds.
    fn till(registered: u64, heard: u64) -> Agent {
        let row = json!({ "tenant": 1, "name": "till", "kind": "till", "interval_seconds": 60, "work": "wanted",
            "registered_at": at(registered), "last_heartbeat": at(heard) });
        serde_json::from_value(row).unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn an_agent_that_is_silent_is_late_and_then_down() {
        let mut agent = till(0, 100);
        let states = [100, 190, 191, 280, 281].map(|now| agent.state(at(now), at(0)));
        assert_eq!(
            states,
            [AgentState::Active, AgentState::Active, AgentState::Late, AgentState::Late, AgentState::Down]
        );
        assert_eq!(agent.state(at(5_000), at(4_950)), AgentState::Active, "nobody listened in between");
        agent.work = Work::Paused;
        assert_eq!(agent.state(at(5_000), at(0)), AgentState::Paused);
    }

    fn told(agent: &Agent) -> Vec<(AgentState, u64)> {
        agent.changes.iter().map(|change| (change.state, change.at.as_micros() / 1_000_000)).collect()
    }

    #[test]
    fn changes_are_noted_when_they_happened_and_not_when_somebody_looked() {
        use AgentState::{Active, Down, Late, Paused};
        let mut agent = till(100, 100);
        agent.hear(at(160), at(0));
        assert!(agent.changes.is_empty() && !agent.settle(at(250), at(0)));
        assert_eq!(agent.state_since(at(250), at(0)), at(100));
        agent.hear(at(1_000), at(0));
        assert_eq!(told(&agent), [(Late, 250), (Down, 340), (Active, 1_000)]);
        assert_eq!(agent.state_since(at(1_001), at(0)), at(1_000));
        // Down before a restart, silent after it: down since then, and as long as nobody can know active.
        assert!(agent.settle(at(2_000), at(0)));
        assert_eq!(agent.state_since(at(5_000), at(4_990)), at(4_990));
        assert!(!agent.settle(at(6_000), at(4_990)));
        assert_eq!(agent.state_since(at(6_000), at(4_990)), at(1_180));
        agent.set_work(Work::Paused, at(6_001), at(4_990));
        agent.hear(at(6_002), at(4_990));
        agent.set_work(Work::Wanted, at(6_003), at(4_990));
        assert_eq!(told(&agent)[3..], [(Late, 1_090), (Down, 1_180), (Paused, 6_001), (Active, 6_003)]);
        for day in 1..100 {
            agent.hear(at(day * 86_400), at(0));
        }
        assert_eq!(agent.changes.len(), CHANGES_MAX);
        assert_eq!(told(&agent).last(), Some(&(Active, 99 * 86_400)));
    }
}
