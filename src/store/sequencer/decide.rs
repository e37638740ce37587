//! Repeat or new.

use crate::domain::believed_time::Present;
use crate::domain::idempotency::KeyHash;
use crate::domain::time::Timestamp;
use crate::platform::locks::read;
use crate::store::error::StoreError;
use crate::store::index::key_filter::filter_hash;
use crate::store::index::memory::{Frozen, Memory, Use};
use crate::store::index::runs::Runs;
use crate::store::read::{compare_stored, is_stored_payload};
use crate::store::record::draft::Draft;
use crate::store::sequencer::queue::Decision;
use redb::Database;
use std::collections::HashMap;
use std::sync::{Arc, RwLock, RwLockReadGuard};

/// An event whose key was used before.
pub(super) struct Repeat {
    pub(super) seq: u64,
    /// Whether both payloads are the same; none when that takes another read.
    pub(super) same_payload: Option<bool>,
}

/// The index as the sequencer uses it.
pub(in crate::store) struct Keys {
    pub(in crate::store) database: Arc<Database>,
    pub(in crate::store) memory: Memory,
    pub(in crate::store) runs: Arc<RwLock<Runs>>,
}

impl Keys {
    /// Prepares for a batch: no run changes while the guard lives.
    pub(super) fn lock_runs(&self) -> RwLockReadGuard<'_, Runs> {
        read(&self.runs)
    }

    /// Drops from memory what is in runs by now.
    pub(super) fn forget_written(&mut self) {
        let covered = self.lock_runs().covered_seq();
        self.memory.forget_through(covered);
    }

    /// Asks the filters of all runs for the keys of a batch. What they deny stays denied while the batch is decided: a
    /// run that is added meanwhile holds keys that memory still has.
    pub(super) fn ask_filters<'d>(&mut self, drafts: impl Iterator<Item = &'d mut Draft>) {
        let mut drafts: Vec<(&mut Draft, KeyHash)> =
            drafts.filter_map(|draft| draft.key_hash.map(|key| (draft, key))).collect();
        let hashes: Vec<u64> = drafts.iter().map(|(_, key)| filter_hash(*key)).collect();
        let mut marks = vec![false; hashes.len()];
        self.lock_runs().mark(&hashes, &mut marks);
        for ((draft, _), mark) in drafts.iter_mut().zip(marks) {
            draft.may_be_in_run = mark;
        }
    }

    /// Returns the event that used the draft's key before, if that use is still honoured.
    pub(super) fn find_repeat(&self, draft: &Draft, now: Present) -> Result<Option<Repeat>, StoreError> {
        let Some(key) = draft.key_hash else { return Ok(None) };
        let (seq, at, same_payload) = if let Some(last) = self.memory.find(key) {
            (last.seq, last.at, last.fingerprint.map(|known| known == draft.fingerprint))
        } else {
            if !draft.may_be_in_run {
                return Ok(None);
            }
            let Some(seq) = self.lock_runs().find(&self.database, key)? else { return Ok(None) };
            let (at, same_payload) = compare_stored(&self.database, seq, draft.payload())?;
            (seq, at, same_payload)
        };
        Ok(draft.window.honours(at, now.judging(at)).then_some(Repeat { seq, same_payload }))
    }

    /// Looks among events to be stored together for a repeat with another payload than its first, which may be one of
    /// them; if there is one, returns the decisions that keep all back.
    pub(super) fn find_mismatch(
        &self,
        drafts: &[Draft],
        now: Present,
    ) -> Result<Option<Vec<Decision>>, StoreError> {
        let mut decisions = vec![Decision::HeldBack; drafts.len()];
        let mut first_of = HashMap::new();
        let mut mismatch = false;
        for (draft, decision) in drafts.iter().zip(&mut decisions) {
            let Some(key) = draft.key_hash else { continue };
            let Some(Repeat { seq, same_payload }) = self.find_repeat(draft, now)? else {
                // Among themselves they need no place to be compared.
                let first = first_of.entry(key).or_insert(draft);
                if first.payload() != draft.payload() {
                    *decision = Decision::Clash { first: None };
                    mismatch = true;
                }
                continue;
            };
            let same = match same_payload {
                Some(same) => same,
                None => is_stored_payload(&self.database, seq, draft.payload())?,
            };
            if !same {
                *decision = Decision::Clash { first: Some(seq) };
                mismatch = true;
            }
        }
        Ok(mismatch.then_some(decisions))
    }

    /// Returns the last event that used a key.
    pub(super) fn find(&self, key: KeyHash) -> Result<Option<u64>, StoreError> {
        match self.memory.find(key) {
            Some(last) => Ok(Some(last.seq)),
            None => self.lock_runs().find(&self.database, key),
        }
    }

    /// Remembers a new event's key; returns the map that is thereby full.
    pub(super) fn remember(&mut self, draft: &Draft, seq: u64, at: Timestamp) -> Option<Arc<Frozen>> {
        let key = draft.key_hash?;
        self.memory.insert(key, Use { seq, at, fingerprint: Some(draft.fingerprint) })
    }
}
