//! The helper thread that makes and merges runs.
//!
//! It never writes: rows go to the applier in portions, and each portion is in the database before the next is given.
//! A crash in between leaves rows of a run that does not exist; the next start removes them first, so that a new run of
//! that number never stands among them.

use crate::domain::believed_time::Present;
use crate::platform::believed_clock::BelievedClock;
use crate::platform::locks::{read, write};
use crate::store::error::StoreError;
use crate::store::index::key_filter::KeyFilter;
use crate::store::index::memory::Frozen;
use crate::store::index::merge::Merge;
use crate::store::index::run::{IndexRow, Pair, RowMaker, RunInfo};
use crate::store::index::runs::{Runs, orphans, rows_to_remove};
use redb::Database;
use std::sync::{Arc, RwLock, RwLockReadGuard, mpsc};
use std::time::Duration;

/// Rows given to the applier at once, so that no apply takes long.
const ROWS_PER_APPLY: usize = 256;

/// Full maps that may wait for the helper thread; the sequencer then waits too, so that memory stays bounded.
pub(in crate::store) const FROZEN_MAX: usize = 8;

/// Runs of a level that become one of the next.
const MERGE_RUNS: usize = 16;

/// Highest level: sixteen frozen maps, about a million entries. Filters of larger runs would need too much memory while
/// they are made.
const LEVEL_MAX: u8 = 1;

/// What the helper thread works with.
pub(in crate::store) struct Builder {
    pub(in crate::store) database: Arc<Database>,
    /// Read by the sequencer while it decides a batch, written when a run is complete: rows of a merged run's parts
    /// are removed only after no lookup can be under way in them.
    pub(in crate::store) runs: Arc<RwLock<Runs>>,
    pub(in crate::store) retention_max: Option<Duration>,
    /// Tells how old runs are.
    pub(in crate::store) clock: Arc<BelievedClock>,
    /// Has the applier write rows; returns when they are in the database.
    pub(in crate::store) write: Box<dyn Fn(Vec<IndexRow>) -> Result<(), StoreError> + Send>,
}

impl Builder {
    /// Turns frozen maps into runs until the sender is gone or writing fails.
    pub(in crate::store) fn run(self, frozen: &mpsc::Receiver<Arc<Frozen>>) -> Result<(), StoreError> {
        let orphans = orphans(&self.database, &self.runs())?;
        self.remove_rows(&orphans)?;
        for map in frozen {
            self.add(&map)?;
            self.merge()?;
            self.drop_expired(Present { newest: map.to_time, ..self.clock.present() })?;
        }
        Ok(())
    }

    fn add(&self, frozen: &Frozen) -> Result<(), StoreError> {
        let mut pairs: Vec<Pair> = frozen.map.iter().map(|(key, last)| (*key, last.seq)).collect();
        pairs.sort_unstable();
        let (id, from_seq) = {
            let runs = self.runs();
            (runs.iter().map(|run| run.id).max().unwrap_or(0) + 1, runs.covered_seq() + 1)
        };
        let info = RunInfo {
            id,
            level: 0,
            from_seq,
            to_seq: frozen.to_seq,
            to_time: frozen.to_time,
            entries: pairs.len() as u64,
        };
        let mut pairs = pairs.into_iter();
        self.publish(info, || Ok(pairs.next()), &[])
    }

    /// Writes a run, then lets lookups use it instead of its parts. The pairs come in order; their number is found out
    /// on the way.
    fn publish(
        &self,
        mut info: RunInfo,
        mut next: impl FnMut() -> Result<Option<Pair>, StoreError>,
        parts: &[u64],
    ) -> Result<(), StoreError> {
        let mut maker = RowMaker::new(info.id, info.entries);
        let mut rows = Vec::with_capacity(ROWS_PER_APPLY);
        while let Some(pair) = next()? {
            rows.extend(maker.push(pair));
            if rows.len() == ROWS_PER_APPLY {
                (self.write)(std::mem::replace(&mut rows, Vec::with_capacity(ROWS_PER_APPLY)))?;
            }
        }
        let (last, filter, entries) = maker.finish()?;
        let filter = KeyFilter::read(info.id, &filter)?;
        info.entries = entries;
        rows.extend(last);
        rows.push(IndexRow::Run(info.id, Some(info.to_bytes())));
        // The parts end in the same apply in which the whole begins, so a start sees one or the other.
        rows.extend(parts.iter().map(|part| IndexRow::Run(*part, None)));
        self.write_in_portions(rows, 1 + parts.len())?;
        self.change_runs(|runs| runs.without(parts).with(info, filter));
        Ok(())
    }

    fn runs(&self) -> RwLockReadGuard<'_, Runs> {
        read(&self.runs)
    }

    /// Has lookups use other runs. Nobody else changes them, so lookups go on while the new ones are made.
    fn change_runs(&self, change: impl FnOnce(Runs) -> Runs) {
        let next = change(self.runs().clone());
        let before = std::mem::replace(&mut *write(&self.runs), next);
        // Outside the lock: what is let go is large.
        drop(before);
    }

    /// Writes rows in portions, the last `together` of them in one.
    fn write_in_portions(&self, mut rows: Vec<IndexRow>, together: usize) -> Result<(), StoreError> {
        let last = rows.split_off(rows.len().saturating_sub(together));
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(ROWS_PER_APPLY));
            (self.write)(std::mem::replace(&mut rows, rest))?;
        }
        if last.is_empty() { Ok(()) } else { (self.write)(last) }
    }

    fn merge(&self) -> Result<(), StoreError> {
        for level in 0..LEVEL_MAX {
            let parts: Vec<RunInfo> = {
                let runs = self.runs();
                runs.iter().filter(|run| run.level == level).cloned().collect()
            };
            if parts.len() >= MERGE_RUNS {
                self.merge_parts(level, parts)?;
            }
        }
        Ok(())
    }

    fn merge_parts(&self, level: u8, parts: Vec<RunInfo>) -> Result<(), StoreError> {
        let newest = parts.iter().max_by_key(|part| part.to_seq).expect("there are sixteen parts");
        let info = RunInfo {
            id: parts.iter().map(|part| part.id).max().unwrap_or(0) + 1,
            level: level + 1,
            from_seq: parts.iter().map(|part| part.from_seq).min().unwrap_or(1),
            to_seq: newest.to_seq,
            to_time: newest.to_time,
            // At most; a key in several parts counts once.
            entries: parts.iter().map(|part| part.entries).sum(),
        };
        let ids: Vec<u64> = parts.iter().map(|part| part.id).collect();
        let mut merge = Merge::new(&self.database, ids.iter().copied())?;
        self.publish(info, || merge.next(), &ids)?;
        self.remove_rows(&ids)
    }

    /// Removes the rows of runs that have ended.
    fn remove_rows(&self, ids: &[u64]) -> Result<(), StoreError> {
        for id in ids {
            self.write_in_portions(rows_to_remove(&self.database, *id)?, 0)?;
        }
        Ok(())
    }

    fn drop_expired(&self, now: Present) -> Result<(), StoreError> {
        let Some(retention) = self.retention_max else { return Ok(()) };
        let expired: Vec<u64> = {
            let runs = self.runs();
            let newest = runs.covered_seq();
            runs.iter()
                // The newest run stays: it tells where the keys in memory begin.
                .filter(|run| {
                    run.to_seq != newest && run.to_time.saturating_add(retention) < now.judging(run.to_time)
                })
                .map(|run| run.id)
                .collect()
        };
        for id in expired {
            (self.write)(vec![IndexRow::Run(id, None)])?;
            self.change_runs(|runs| runs.without(&[id]));
            self.remove_rows(&[id])?;
        }
        Ok(())
    }
}
