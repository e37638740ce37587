//! The runs there are, and looking a key up in them.

use crate::domain::idempotency::KeyHash;
use crate::store::error::StoreError;
use crate::store::index::key_filter::{KeyFilter, filter_hash};
use crate::store::index::run::{IndexRow, RunInfo, find_in_row};
use crate::store::tables::{INDEX_FILTERS, INDEX_ROWS, INDEX_RUNS};
use redb::{Database, ReadableDatabase, ReadableTable};

/// A run with its filter in memory.
#[derive(Clone, Debug)]
pub struct Run {
    /// What is known of it.
    pub info: RunInfo,
    /// Its filter.
    pub filter: KeyFilter,
}

/// The runs there are, newest first.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    runs: Vec<Run>,
}

impl Runs {
    /// Reads the runs and their filters.
    pub(in crate::store) fn load(database: &Database) -> Result<Self, StoreError> {
        let read = database.begin_read()?;
        let filters = read.open_table(INDEX_FILTERS)?;
        let mut runs = Self::default();
        for row in read.open_table(INDEX_RUNS)?.iter()? {
            let (id, value) = row?;
            let info = RunInfo::read(id.value(), value.value())?;
            let mut filter = Vec::new();
            for part in filters.range((info.id, 0)..=(info.id, u32::MAX))? {
                filter.extend_from_slice(part?.1.value());
            }
            let filter = KeyFilter::read(info.id, &filter)?;
            runs.insert(Run { info, filter });
        }
        Ok(runs)
    }

    /// Returns the last event whose key is in a run, 0 without runs.
    pub fn covered_seq(&self) -> u64 {
        self.runs.iter().map(|run| run.info.to_seq).max().unwrap_or(0)
    }

    /// Returns the runs, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter()
    }

    /// Adds a run.
    pub(super) fn insert(&mut self, run: Run) {
        self.runs.push(run);
        self.runs.sort_by_key(|run| std::cmp::Reverse(run.info.to_seq));
    }

    /// Removes runs.
    pub(super) fn remove(&mut self, ids: &[u64]) {
        self.runs.retain(|run| !ids.contains(&run.info.id));
    }

    /// Marks those whose keys may be in a run. Run by run, so that a filter stays near the processor while all ask it.
    pub(in crate::store) fn mark(&self, hashes: &[u64], marks: &mut [bool]) {
        for run in &self.runs {
            run.filter.mark(hashes, marks);
        }
    }

    /// Returns the sequence number of the newest event with the key that is in a run.
    pub(in crate::store) fn find(
        &self,
        database: &Database,
        key: KeyHash,
    ) -> Result<Option<u64>, StoreError> {
        let hash = filter_hash(key);
        let mut candidates = self.runs.iter().filter(|run| run.filter.may_contain(hash)).peekable();
        if candidates.peek().is_none() {
            return Ok(None);
        }
        let table = database.begin_read()?.open_table(INDEX_ROWS)?;
        for run in candidates {
            let row = table.range((run.info.id, 0)..=(run.info.id, key.0))?.next_back().transpose()?;
            if let Some(seq) = row.and_then(|(_, value)| find_in_row(value.value(), key)) {
                return Ok(Some(seq));
            }
        }
        Ok(None)
    }
}

/// Returns the removals of all rows that carry a run's number.
pub(super) fn rows_to_remove(database: &Database, run: u64) -> Result<Vec<IndexRow>, StoreError> {
    let read = database.begin_read()?;
    let mut removals = Vec::new();
    for row in read.open_table(INDEX_ROWS)?.range((run, 0)..=(run, u128::MAX))? {
        removals.push(IndexRow::DropPairs { run, first: KeyHash(row?.0.value().1) });
    }
    for row in read.open_table(INDEX_FILTERS)?.range((run, 0)..=(run, u32::MAX))? {
        removals.push(IndexRow::DropFilter { run, part: row?.0.value().1 });
    }
    Ok(removals)
}

/// Returns the numbers under which rows stand although no such run exists.
pub(super) fn orphans(database: &Database, runs: &Runs) -> Result<Vec<u64>, StoreError> {
    let read = database.begin_read()?;
    let (rows, filters) = (read.open_table(INDEX_ROWS)?, read.open_table(INDEX_FILTERS)?);
    let mut found = Vec::new();
    let mut from = 0;
    loop {
        let row = rows.range((from, 0)..)?.next().transpose()?.map(|(key, _)| key.value().0);
        let part = filters.range((from, 0)..)?.next().transpose()?.map(|(key, _)| key.value().0);
        let Some(run) = row.into_iter().chain(part).min() else { return Ok(found) };
        if !runs.iter().any(|known| known.info.id == run) {
            found.push(run);
        }
        from = run + 1;
    }
}
