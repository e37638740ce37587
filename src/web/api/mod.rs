//! What scripts manage: JSON in, JSON out, under `/api/v1`.

/// A path's names and a body's JSON.
mod reading;

/// Agents.
mod agents;

pub(super) use self::agents::{
    find_agent, hear_heartbeat, list_agents, pause_agent, register_agent, remove_agent, resume_agent,
};
