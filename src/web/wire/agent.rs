//! Agents.

use crate::domain::agent::{AgentState, StateChange, Work};
use crate::domain::names::Slug;
use crate::domain::time::Timestamp;
use crate::services::agents::{NewAgent, Seen};
use crate::web::wire::schema::{LABEL_PATTERN, SLUG_PATTERN};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use std::time::Duration;

/// An agent to be registered.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "NewAgent")]
#[serde(deny_unknown_fields)]
pub struct NewAgentJson {
    /// Its name: a slug, unique within the tenant.
    #[schemars(regex(pattern = SLUG_PATTERN))]
    pub name: String,
    /// What it is; `agent` without. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    pub kind: Option<String>,
    /// Which version of it runs. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    pub version: Option<String>,
    /// How many seconds it means to wait between heartbeats: 5 to 86,400; 60 without.
    #[serde(default, deserialize_with = "whole_number")]
    #[schemars(range(min = 5, max = 86_400))]
    pub interval_seconds: Option<u64>,
}

/// Reads a whole number also where it is written as `60.0`: JSON has one kind of numbers.
fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let Some(number) = Option::<serde_json::Number>::deserialize(deserializer)? else { return Ok(None) };
    let whole = || number.to_string().strip_suffix(".0").and_then(|digits| digits.parse().ok());
    let read = number.as_u64().or_else(whole);
    read.map(Some).ok_or_else(|| D::Error::custom(format!("{number} is no whole number from 0")))
}

impl From<NewAgentJson> for NewAgent {
    fn from(json: NewAgentJson) -> Self {
        let NewAgentJson { name, kind, version, interval_seconds } = json;
        Self { name, kind, version, interval: interval_seconds.map(Duration::from_secs) }
    }
}

/// An agent.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Agent")]
pub struct AgentJson<'a> {
    /// Its name.
    pub name: &'a Slug,
    /// What it is.
    pub kind: &'a str,
    /// Which version of it runs.
    pub version: Option<&'a str>,
    /// `active`, `late`, `down` or `paused`.
    pub state: AgentState,
    /// Whether it is paused.
    pub paused: bool,
    /// How many seconds it means to wait between heartbeats.
    pub interval_seconds: u64,
    /// When it was registered first.
    pub registered_at: Timestamp,
    /// When it was heard of last.
    pub last_heartbeat: Timestamp,
    /// Since when it is in its state.
    pub state_since: Timestamp,
    /// The last changes of its state, newest first; at most twenty are kept.
    pub changes: Vec<StateChangeJson>,
}

/// A state of an agent and when it began.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "StateChange")]
pub struct StateChangeJson {
    /// `active`, `late`, `down` or `paused`.
    pub state: AgentState,
    /// When it began.
    pub at: Timestamp,
}

impl From<&StateChange> for StateChangeJson {
    fn from(change: &StateChange) -> Self {
        Self { state: change.state, at: change.at }
    }
}

impl<'a> From<&'a Seen> for AgentJson<'a> {
    fn from(seen: &'a Seen) -> Self {
        let agent = &seen.agent;
        Self {
            name: &agent.name,
            kind: &agent.kind,
            version: agent.version.as_deref(),
            state: seen.state,
            paused: agent.work == Work::Paused,
            interval_seconds: agent.interval.as_secs(),
            registered_at: agent.registered_at,
            last_heartbeat: agent.last_heartbeat,
            state_since: seen.since,
            changes: agent.changes.iter().rev().map(StateChangeJson::from).collect(),
        }
    }
}

/// An agent of any tenant.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "FleetAgent")]
pub struct FleetAgentJson<'a> {
    /// Slug of its tenant.
    pub tenant: &'a str,
    /// The agent.
    #[serde(flatten)]
    pub agent: AgentJson<'a>,
}

/// Agents of all tenants.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Fleet")]
pub struct FleetJson<'a> {
    /// By tenant, in the order in which tenants were made, and name.
    pub agents: Vec<FleetAgentJson<'a>>,
    /// How many there are of those that were looked for, on this page or another.
    pub total: usize,
}

/// A tenant's agents, by name.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Agents")]
pub struct AgentsJson<'a> {
    /// All of them.
    pub agents: Vec<AgentJson<'a>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_a_whole_number_however_it_is_written() {
        let read = |interval: &str| {
            let json = format!(r#"{{"name":"a","interval_seconds":{interval}}}"#);
            serde_json::from_str::<NewAgentJson>(&json).map(|new| new.interval_seconds)
        };
        assert_eq!(read("60").unwrap(), Some(60));
        assert_eq!(read("60.0").unwrap(), Some(60));
        assert_eq!(read("null").unwrap(), None);
        for wrong in ["60.5", "-1", "\"60\"", "1e99"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
