//! Rows of agents.

use crate::domain::agent::{Agent, AgentState, StateChange, Work};
use crate::domain::ids::TenantNumber;
use crate::domain::names::Slug;
use crate::domain::time::Timestamp;
use crate::store::rows::stored::{Stored, from_json, to_json};
use crate::store::tables::{AGENTS, RowTable};
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Serialize, Deserialize)]
struct AgentRow {
    tenant: TenantNumber,
    name: Slug,
    kind: String,
    version: Option<String>,
    interval_seconds: u64,
    work: Work,
    registered_at: Timestamp,
    last_heartbeat: Timestamp,
    /// Added later: short, because every heartbeat that is written writes them again.
    #[serde(default)]
    changes: Vec<ChangeRow>,
}

/// A state of an agent and the microseconds at which it began.
#[derive(Serialize, Deserialize)]
struct ChangeRow(AgentState, u64);

impl Stored for Agent {
    const TABLE: RowTable = AGENTS;

    type Key<'a> = (TenantNumber, &'a Slug);

    fn key(&self) -> (TenantNumber, &Slug) {
        (self.tenant, &self.name)
    }

    fn encode(&self) -> Vec<u8> {
        let agent = self.clone();
        to_json(&AgentRow {
            tenant: agent.tenant,
            name: agent.name,
            kind: agent.kind,
            version: agent.version,
            interval_seconds: agent.interval.as_secs(),
            work: agent.work,
            registered_at: agent.registered_at,
            last_heartbeat: agent.last_heartbeat,
            changes: agent.changes.iter().map(|one| ChangeRow(one.state, one.at.as_micros())).collect(),
        })
    }

    fn decode(_key: &[u8], value: &[u8]) -> Option<Self> {
        let row: AgentRow = from_json(value)?;
        let change = |ChangeRow(state, at)| StateChange { state, at: Timestamp::from_micros(at) };
        Some(Self {
            tenant: row.tenant,
            name: row.name,
            kind: row.kind,
            version: row.version,
            interval: Duration::from_secs(row.interval_seconds),
            work: row.work,
            registered_at: row.registered_at,
            last_heartbeat: row.last_heartbeat,
            changes: row.changes.into_iter().map(change).collect(),
        })
    }
}
