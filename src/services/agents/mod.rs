//! Agents: workers elsewhere that tell the appliance at intervals that they are there.
//!
//! The table stands in memory. A registration, a pause and a removal are durable when they are answered; heartbeats are
//! written every minute and at the stop, so a crash forgets the last minute of them at most, and nobody waits for one.

/// An agent to be registered.
mod new_agent;

/// What can be done with them.
mod manage;

pub use self::manage::{AgentFilter, AgentPage, Agents, Registered, Seen};
pub use self::new_agent::NewAgent;
