//! Agents.

use crate::domain::agent::{AgentState, Work};
use crate::domain::names::Slug;
use crate::domain::time::Timestamp;
use crate::services::agents::{NewAgent, Seen};
use crate::web::wire::schema::{LABEL_PATTERN, SLUG_PATTERN};
use serde::{Deserialize, Serialize};
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
    #[schemars(range(min = 5, max = 86_400))]
    pub interval_seconds: Option<u64>,
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
        }
    }
}

/// A tenant's agents, by name.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Agents")]
pub struct AgentsJson<'a> {
    /// All of them.
    pub agents: Vec<AgentJson<'a>>,
}
