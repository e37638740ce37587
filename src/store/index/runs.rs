//! The runs there are, and looking a key up in them.

use crate::domain::idempotency::KeyHash;
use crate::store::error::StoreError;
use crate::store::index::filter_group::FilterGroup;
use crate::store::index::key_filter::{KeyFilter, filter_hash};
use crate::store::index::run::{IndexRow, RunInfo, find_in_row};
use crate::store::tables::{INDEX_FILTERS, INDEX_ROWS, INDEX_RUNS};
use redb::{Database, ReadableDatabase, ReadableTable};
use std::sync::Arc;

/// The runs there are, newest first, and their filters.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    runs: Vec<RunInfo>,
    /// A run without keys has no filter.
    groups: Vec<Arc<FilterGroup>>,
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
            runs = runs.with(info, filter);
        }
        Ok(runs)
    }

    /// Returns the last event whose key is in a run, 0 without runs.
    pub fn covered_seq(&self) -> u64 {
        self.runs.iter().map(|run| run.to_seq).max().unwrap_or(0)
    }

    /// Returns the runs, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &RunInfo> {
        self.runs.iter()
    }

    /// Returns these runs and one more.
    pub(super) fn with(mut self, info: RunInfo, filter: Option<KeyFilter>) -> Self {
        if let Some(filter) = filter {
            match self.groups.iter_mut().find(|group| group.has_room_for(&filter)) {
                Some(group) => *group = Arc::new(group.with(info.id, filter)),
                None => self.groups.push(Arc::new(FilterGroup::new(info.id, filter))),
            }
        }
        self.runs.push(info);
        self.runs.sort_by_key(|run| std::cmp::Reverse(run.to_seq));
        self
    }

    /// Returns these runs without some.
    pub(super) fn without(mut self, ids: &[u64]) -> Self {
        self.runs.retain(|run| !ids.contains(&run.id));
        let left = |group: Arc<FilterGroup>| {
            if group.has_any(ids) { group.without(ids).map(Arc::new) } else { Some(group) }
        };
        self.groups = self.groups.into_iter().filter_map(left).collect();
        self
    }

    /// Marks those whose keys may be in a run. Group by group, so that filters stay near the processor while all ask.
    pub(in crate::store) fn mark(&self, hashes: &[u64], marks: &mut [bool]) {
        for group in &self.groups {
            group.mark(hashes, marks);
        }
    }

    /// Returns the sequence number of the newest event with the key that is in a run.
    pub(in crate::store) fn find(
        &self,
        database: &Database,
        key: KeyHash,
    ) -> Result<Option<u64>, StoreError> {
        let hash = filter_hash(key);
        let candidates: Vec<u64> = self.groups.iter().flat_map(|group| group.runs_with(hash)).collect();
        if candidates.is_empty() {
            return Ok(None);
        }
        let table = database.begin_read()?.open_table(INDEX_ROWS)?;
        for run in self.runs.iter().filter(|run| candidates.contains(&run.id)) {
            let row = table.range((run.id, 0)..=(run.id, key.0))?.next_back().transpose()?;
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
        removals.push(IndexRow::Pairs(run, KeyHash(row?.0.value().1), None));
    }
    for row in read.open_table(INDEX_FILTERS)?.range((run, 0)..=(run, u32::MAX))? {
        removals.push(IndexRow::Filter(run, row?.0.value().1, None));
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
        if !runs.iter().any(|known| known.id == run) {
            found.push(run);
        }
        from = run + 1;
    }
}
