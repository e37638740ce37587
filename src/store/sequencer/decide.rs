//! Repeat or new.

use crate::domain::idempotency::KeyHash;
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use crate::store::index::memory::{Frozen, Memory, Use};
use crate::store::index::runs::Runs;
use crate::store::read::stored_received_at;
use crate::store::record::draft::Draft;
use redb::Database;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// The index as the sequencer uses it.
pub(in crate::store) struct Keys {
    pub(in crate::store) database: Arc<Database>,
    pub(in crate::store) memory: Memory,
    pub(in crate::store) runs: Arc<RwLock<Runs>>,
}

impl Keys {
    /// Prepares for a batch: no run changes while the guard lives.
    pub(super) fn lock_runs(&self) -> RwLockReadGuard<'_, Runs> {
        self.runs.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops from memory what is in runs by now.
    pub(super) fn forget_written(&mut self) {
        let covered = self.lock_runs().covered_seq();
        self.memory.forget_through(covered);
    }

    /// Returns the event that used the draft's key before, if that use is still honoured.
    pub(super) fn find_repeat(&self, draft: &Draft, now: Timestamp) -> Result<Option<Use>, StoreError> {
        let Some(key) = draft.key_hash else { return Ok(None) };
        Ok(self.find(key)?.filter(|last| draft.window.honours(last.at, now)))
    }

    /// Returns the last use of a key.
    pub(super) fn find(&self, key: KeyHash) -> Result<Option<Use>, StoreError> {
        if let Some(last) = self.memory.find(key) {
            return Ok(Some(last));
        }
        let Some(seq) = self.lock_runs().find(&self.database, key)? else { return Ok(None) };
        let at = stored_received_at(&self.database, seq)?;
        Ok(Some(Use { seq, at, fingerprint: None }))
    }

    /// Remembers a new event's key; returns the map that is thereby full.
    pub(super) fn remember(&mut self, draft: &Draft, seq: u64, at: Timestamp) -> Option<Arc<Frozen>> {
        let key = draft.key_hash?;
        self.memory.insert(key, Use { seq, at, fingerprint: Some(draft.fingerprint) })
    }
}
