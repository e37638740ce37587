//! Merging runs without holding them: of each run a few rows are read ahead, each time in a read transaction of its own.

use crate::store::error::StoreError;
use crate::store::index::run::{Pair, pairs};
use crate::store::tables::INDEX_ROWS;
use redb::{Database, ReadableDatabase};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Rows of a run read at once: sixteen runs then hold a few mebibytes.
const ROWS_AHEAD: usize = 32;

/// The pairs of several runs in order, each key once with its highest sequence number.
pub(super) struct Merge<'d> {
    database: &'d Database,
    cursors: Vec<Cursor>,
    /// The next pair of each run that has one, with the run's place among the cursors; the lowest comes first.
    next: BinaryHeap<Reverse<(Pair, usize)>>,
}

/// How far a run has been read.
struct Cursor {
    run: u64,
    /// Hash from which rows are read next; none at the end.
    from: Option<u128>,
    ahead: VecDeque<Pair>,
}

impl<'d> Merge<'d> {
    /// Begins with the lowest key.
    pub(super) fn new(database: &'d Database, runs: impl Iterator<Item = u64>) -> Result<Self, StoreError> {
        let cursors = runs.map(|run| Cursor { run, from: Some(0), ahead: VecDeque::new() }).collect();
        let mut merge = Self { database, cursors, next: BinaryHeap::new() };
        for place in 0..merge.cursors.len() {
            merge.advance(place)?;
        }
        Ok(merge)
    }

    /// Returns the next pair, none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Pair>, StoreError> {
        let Some(mut pair) = self.pop()? else { return Ok(None) };
        // Of equal keys the highest sequence number comes last and counts.
        while let Some(Reverse((same, _))) = self.next.peek()
            && same.0 == pair.0
        {
            pair = self.pop()?.unwrap_or(pair);
        }
        Ok(Some(pair))
    }

    fn pop(&mut self) -> Result<Option<Pair>, StoreError> {
        let Some(Reverse((pair, place))) = self.next.pop() else { return Ok(None) };
        self.advance(place)?;
        Ok(Some(pair))
    }

    fn advance(&mut self, place: usize) -> Result<(), StoreError> {
        let cursor = self.cursors.get_mut(place).expect("places are those of the cursors");
        if let Some(pair) = cursor.take(self.database)? {
            self.next.push(Reverse((pair, place)));
        }
        Ok(())
    }
}

impl Cursor {
    fn take(&mut self, database: &Database) -> Result<Option<Pair>, StoreError> {
        if self.ahead.is_empty()
            && let Some(from) = self.from.take()
        {
            let table = database.begin_read()?.open_table(INDEX_ROWS)?;
            for row in table.range((self.run, from)..=(self.run, u128::MAX))?.take(ROWS_AHEAD) {
                let (key, value) = row?;
                self.ahead.extend(pairs(value.value()));
                self.from = key.value().1.checked_add(1);
            }
        }
        Ok(self.ahead.pop_front())
    }
}
