//! Rows that workers write and that stand outside the catalog.

use crate::domain::agent::Agent;
use crate::store::catalog::rows;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::rows::{AgentRow, read};
use crate::store::tables::AGENTS;
use redb::{ReadableDatabase, ReadableTableMetadata};

impl Store {
    /// Reads every agent. Blocks on disk.
    pub fn load_agents(&self) -> Result<Vec<Agent>, StoreError> {
        self.read(|shared| {
            let mut agents = Vec::new();
            rows(&shared.database, AGENTS, |key, value| {
                agents.push(Agent::from(read::<AgentRow>("agent", format!("{key:?}"), value)?));
                Ok(())
            })?;
            Ok(agents)
        })
    }

    /// Counts the agents' rows. Blocks on disk.
    pub fn count_agents(&self) -> Result<u64, StoreError> {
        self.read(|shared| Ok(shared.database.begin_read()?.open_table(AGENTS)?.len()?))
    }
}
