//! Runs and their rows.
//!
//! **Run row** (table `index_runs`): version 1 (1), level (1), first and last sequence number (8 each), time of the
//! last event (8), entries (8). **Index row**: pairs of key hash (16) and sequence number (8).

use crate::domain::idempotency::KeyHash;
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use crate::store::index::key_filter::{self, filter_hash};
use crate::store::tables::PAGE_VALUE_MAX;

const VERSION: u8 = 1;

/// Bytes of a pair.
const PAIR_LEN: usize = 24;

/// Pairs of a row: as many as fit a page.
pub(super) const ROW_PAIRS: usize = 160;

/// One (key hash, sequence number).
pub type Pair = (KeyHash, u64);

/// What is known of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunInfo {
    /// Number; newer runs have higher ones, a merged run the highest of its parts'.
    pub id: u64,
    /// 0 for a frozen map, one more than its parts' for a merged one.
    pub level: u8,
    /// First event it reaches back to.
    pub from_seq: u64,
    /// Last event whose key is in it.
    pub to_seq: u64,
    /// When that event was taken in.
    pub to_time: Timestamp,
    /// Pairs.
    pub entries: u64,
}

/// A row put into the index tables, or removed where it has no value.
#[derive(Clone, Debug)]
pub enum IndexRow {
    /// Pairs of a run, under the first one's hash.
    Pairs(u64, KeyHash, Option<Vec<u8>>),
    /// A part of a run's filter, with its number from 0.
    Filter(u64, u32, Option<Vec<u8>>),
    /// The run itself, written after its other rows and removed before them: a run without this row does not exist.
    Run(u64, Option<Vec<u8>>),
}

impl RunInfo {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION, self.level];
        for number in [self.from_seq, self.to_seq, self.to_time.as_micros(), self.entries] {
            bytes.extend(number.to_be_bytes());
        }
        bytes
    }

    pub(super) fn read(id: u64, bytes: &[u8]) -> Result<Self, StoreError> {
        let read = || {
            let ([version, level], rest) = bytes.split_first_chunk::<2>()?;
            let (numbers, after) = rest.as_chunks::<8>();
            let [from_seq, to_seq, to_time, entries] = numbers else { return None };
            (*version == VERSION && after.is_empty()).then_some(())?;
            Some(Self {
                id,
                level: *level,
                from_seq: u64::from_be_bytes(*from_seq),
                to_seq: u64::from_be_bytes(*to_seq),
                to_time: Timestamp::from_micros(u64::from_be_bytes(*to_time)),
                entries: u64::from_be_bytes(*entries),
            })
        };
        read().ok_or_else(|| StoreError::corrupt("index run", id))
    }
}

/// Makes the rows of a run, one after the other, out of sorted pairs.
pub(super) struct RowMaker {
    run: u64,
    first: Option<KeyHash>,
    value: Vec<u8>,
    hashes: Vec<u64>,
}

impl RowMaker {
    /// Begins a run of about so many pairs.
    pub(super) fn new(run: u64, entries: u64) -> Self {
        let hashes = Vec::with_capacity(usize::try_from(entries).unwrap_or_default());
        Self { run, first: None, value: Vec::with_capacity(ROW_PAIRS * PAIR_LEN), hashes }
    }

    /// Takes the next pair; returns the row that is full now.
    pub(super) fn push(&mut self, (key, seq): Pair) -> Option<IndexRow> {
        self.first.get_or_insert(key);
        self.value.extend(key.0.to_be_bytes());
        self.value.extend(seq.to_be_bytes());
        self.hashes.push(filter_hash(key));
        if self.value.len() < ROW_PAIRS * PAIR_LEN { None } else { self.row() }
    }

    /// Ends the run: returns its last rows, its filter's bytes and how many pairs it has.
    pub(super) fn finish(mut self) -> Result<(Vec<IndexRow>, Vec<u8>, u64), StoreError> {
        let entries = self.hashes.len() as u64;
        let mut rows: Vec<IndexRow> = self.row().into_iter().collect();
        let filter = key_filter::build(self.hashes)?;
        for (part, value) in (0u32..).zip(filter.chunks(PAGE_VALUE_MAX)) {
            rows.push(IndexRow::Filter(self.run, part, Some(value.to_vec())));
        }
        Ok((rows, filter, entries))
    }

    fn row(&mut self) -> Option<IndexRow> {
        let first = self.first.take()?;
        let next = Vec::with_capacity(ROW_PAIRS * PAIR_LEN);
        Some(IndexRow::Pairs(self.run, first, Some(std::mem::replace(&mut self.value, next))))
    }
}

/// Reads the pairs of a row.
pub(super) fn pairs(value: &[u8]) -> impl DoubleEndedIterator<Item = Pair> + ExactSizeIterator {
    let (chunks, _) = value.as_chunks::<PAIR_LEN>();
    chunks.iter().map(|chunk| {
        let (key, seq) = chunk.split_first_chunk::<16>().expect("a pair has 24 bytes");
        let seq = seq.first_chunk::<8>().expect("a pair has 24 bytes");
        (KeyHash(u128::from_be_bytes(*key)), u64::from_be_bytes(*seq))
    })
}

/// Finds a key's sequence number in a row.
pub(super) fn find_in_row(value: &[u8], key: KeyHash) -> Option<u64> {
    let (chunks, _) = value.as_chunks::<PAIR_LEN>();
    let wanted = key.0.to_be_bytes();
    let place = chunks.partition_point(|chunk| chunk.first_chunk::<16>() < Some(&wanted));
    let (found, seq) = chunks.get(place)?.split_first_chunk::<16>()?;
    (*found == wanted).then_some(())?;
    Some(u64::from_be_bytes(*seq.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::index::filter_group::FilterGroup;
    use crate::store::index::key_filter::KeyFilter;

    #[test]
    fn every_pair_of_a_row_is_found() {
        let sorted: Vec<Pair> = (0..500u64).map(|n| (KeyHash(u128::from(n) << 65), n)).collect();
        let info = RunInfo {
            id: 3,
            level: 0,
            from_seq: 1,
            to_seq: 500,
            to_time: Timestamp::from_micros(9),
            entries: 500,
        };
        assert_eq!(RunInfo::read(3, &info.to_bytes()).unwrap(), info);
        let mut maker = RowMaker::new(3, 500);
        let mut rows: Vec<IndexRow> = sorted.iter().filter_map(|pair| maker.push(*pair)).collect();
        let (last, filter, entries) = maker.finish().unwrap();
        rows.extend(last);
        assert_eq!(entries, 500);
        let filter = FilterGroup::new(3, KeyFilter::read(3, &filter).unwrap().unwrap());
        let mut seen = 0;
        for row in &rows {
            if let IndexRow::Pairs(_, _, Some(value)) = row {
                for (key, seq) in pairs(value) {
                    assert_eq!(find_in_row(value, key), Some(seq));
                    assert_eq!(find_in_row(value, KeyHash(key.0 + 1)), None);
                    assert_eq!(filter.runs_with(filter_hash(key)).next(), Some(3));
                    seen += 1;
                }
            }
        }
        assert_eq!(seen, 500);
        assert!(matches!(rows.last(), Some(IndexRow::Filter(_, 0, Some(_)))));
    }
}
