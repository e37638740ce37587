//! The agents in memory.

use crate::domain::agent::Agent;
use crate::domain::ids::TenantNumber;
use crate::domain::names::Slug;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// An agent, and whether what is known of it is in the database.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) agent: Agent,
    pub(super) written: Written,
}

/// Whether something is in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It is.
    Yes,
    /// The last heartbeat is not.
    NotYet,
}

/// Agents by tenant and name.
pub(super) type Entries = BTreeMap<(TenantNumber, Slug), Entry>;

/// The agents in memory. The lock is taken for moments and never across an await.
#[derive(Debug)]
pub(super) struct Table(RwLock<Entries>);

impl Table {
    pub(super) fn new(agents: Vec<Agent>) -> Self {
        let entry =
            |agent: Agent| ((agent.tenant, agent.name.clone()), Entry { agent, written: Written::Yes });
        Self(RwLock::new(agents.into_iter().map(entry).collect()))
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Entries> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Entries> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
