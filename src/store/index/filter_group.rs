//! Filters of one shape, side by side.
//!
//! A new key asks every filter there is, and the filters are far larger than what a processor keeps near, so what a
//! question costs is the memory it touches. Filters of one shape have a key's places in the same slots; with their low
//! bytes slot by slot beside each other three places answer for up to eight filters.

use crate::store::index::key_filter::{KeyFilter, Question, Shape, fold};
use std::sync::Arc;

/// Most filters side by side: as many bytes as one register holds.
const LANES_MAX: usize = 8;

/// A one in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each byte.
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Filters of one shape.
#[derive(Debug)]
pub(super) struct FilterGroup {
    shape: Shape,
    lanes: Vec<Lane>,
    /// The low bytes: slot by slot a byte of each lane, then some more, so that every slot can be read as eight bytes.
    low: Vec<u8>,
}

/// One of the filters.
#[derive(Clone, Debug)]
struct Lane {
    run: u64,
    /// The high byte of every slot; none in a filter of an earlier version. Hardly ever looked at.
    high: Arc<[u8]>,
}

impl FilterGroup {
    /// Makes a group of one filter.
    pub(super) fn new(run: u64, filter: KeyFilter) -> Self {
        let KeyFilter { shape, low, high } = filter;
        Self { shape, lanes: vec![Lane { run, high: high.into() }], low: padded(low.into_iter()) }
    }

    /// Tells whether the filter can stand beside those of the group.
    pub(super) fn has_room_for(&self, filter: &KeyFilter) -> bool {
        self.shape == filter.shape && self.lanes.len() < LANES_MAX
    }

    /// Returns the group with one filter more.
    pub(super) fn with(&self, run: u64, filter: KeyFilter) -> Self {
        assert!(self.has_room_for(&filter), "the group of run {run} is full or of another shape");
        let mut lanes = self.lanes.clone();
        lanes.push(Lane { run, high: filter.high.into() });
        let mut low = Vec::with_capacity(filter.low.len() * lanes.len() + LANES_MAX);
        for (slot, byte) in self.low.chunks_exact(self.lanes.len()).zip(filter.low) {
            low.extend_from_slice(slot);
            low.push(byte);
        }
        low.resize(low.len() + LANES_MAX, 0);
        Self { shape: self.shape, lanes, low }
    }

    /// Tells whether a filter is one of these runs'.
    pub(super) fn has_any(&self, runs: &[u64]) -> bool {
        self.lanes.iter().any(|lane| runs.contains(&lane.run))
    }

    /// Returns the group without the filters of these runs; none if none is left.
    pub(super) fn without(&self, runs: &[u64]) -> Option<Self> {
        let stays: Vec<bool> = self.lanes.iter().map(|lane| !runs.contains(&lane.run)).collect();
        let lanes: Vec<Lane> = self
            .lanes
            .iter()
            .zip(&stays)
            .filter(|(_, stays)| **stays)
            .map(|(lane, _)| lane.clone())
            .collect();
        if lanes.is_empty() {
            return None;
        }
        let slots = self.low.len().saturating_sub(LANES_MAX) / self.lanes.len();
        let bytes =
            self.low.chunks_exact(self.lanes.len()).take(slots).flat_map(|slot| slot.iter().zip(&stays));
        let low = padded(bytes.filter(|(_, stays)| **stays).map(|(byte, _)| *byte));
        Some(Self { shape: self.shape, lanes, low })
    }

    /// Marks those whose keys may be in a run of the group. One after the other here, so that the processor fetches
    /// the places of the next while it waits for those of the first.
    pub(super) fn mark(&self, hashes: &[u64], marks: &mut [bool]) {
        for (hash, mark) in hashes.iter().zip(marks) {
            let question = self.shape.question(*hash);
            let folded = self.fold_low(&question);
            if has_zero(folded) {
                *mark |= self.hits(folded, question).next().is_some();
            }
        }
    }

    /// Returns the runs of the group that may have the key of the hash.
    pub(super) fn runs_with(&self, hash: u64) -> impl Iterator<Item = u64> {
        let question = self.shape.question(hash);
        self.hits(self.fold_low(&question), question)
    }

    /// Folds the low bytes at a question's places, all lanes at once: zero is a yes. There is none beyond the lanes.
    fn fold_low(&self, question: &Question) -> u64 {
        let lanes = self.lanes.len();
        let none = u64::MAX.checked_shl(u32::try_from(8 * lanes).unwrap_or(u32::MAX)).unwrap_or(0);
        let slot = |place: usize| {
            let bytes = self.low.get(place * lanes..place * lanes + LANES_MAX);
            let bytes = bytes.and_then(<[u8]>::first_chunk).expect("every slot is followed by eight bytes");
            u64::from_le_bytes(*bytes)
        };
        let [first, second, third] = question.places.map(slot);
        (first ^ second ^ third ^ (u64::from(question.low) * ONES)) | none
    }

    /// Returns the runs whose low bytes said yes and whose high bytes do too.
    fn hits(&self, folded: u64, question: Question) -> impl Iterator<Item = u64> {
        let said_yes = self.lanes.iter().zip(folded.to_le_bytes()).filter(|(_, folded)| *folded == 0);
        said_yes
            .filter(move |(Lane { high, .. }, _)| {
                high.is_empty() || fold(high, question.places) == question.high
            })
            .map(|(lane, _)| lane.run)
    }
}

/// Tells whether one of the bytes is zero.
fn has_zero(bytes: u64) -> bool {
    bytes.wrapping_sub(ONES) & !bytes & HIGH_BITS != 0
}

/// Collects slots, and some bytes behind.
fn padded(slots: impl Iterator<Item = u8>) -> Vec<u8> {
    slots.chain(std::iter::repeat_n(0, LANES_MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::index::key_filter::build;

    const KEYS: u64 = 2_000;

    /// Hashes of the keys of a run that look random.
    fn hashes(run: u64) -> Vec<u64> {
        (run * KEYS..(run + 1) * KEYS).map(|key| (key + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect()
    }

    fn filter(run: u64) -> KeyFilter {
        KeyFilter::read(run, &build(hashes(run)).unwrap()).unwrap().unwrap()
    }

    /// Checks that every key is found in its run, that the marks agree, and that nearly no other key is taken for one.
    fn check(group: &FilterGroup, runs: &[u64]) {
        let mut wrong = 0;
        for run in 0..20 {
            let (hashes, mut marks) = (hashes(run), vec![false; hashes(run).len()]);
            group.mark(&hashes, &mut marks);
            for (hash, mark) in hashes.iter().zip(marks) {
                let found: Vec<u64> = group.runs_with(*hash).collect();
                assert_eq!(mark, !found.is_empty());
                assert_eq!(found.contains(&run), runs.contains(&run), "run {run} among {runs:?}");
                wrong += usize::from(found.iter().any(|found| *found != run));
            }
        }
        assert!(wrong < 30, "{wrong} of forty thousand, where five are to be expected");
    }

    #[test]
    fn every_key_is_found_whatever_stands_beside() {
        let mut group = FilterGroup::new(0, filter(0));
        for run in 1..8 {
            check(&group, &(0..run).collect::<Vec<_>>());
            assert!(group.has_room_for(&filter(run)));
            group = group.with(run, filter(run));
        }
        check(&group, &(0..8).collect::<Vec<_>>());
        assert!(!group.has_room_for(&filter(8)), "eight are enough");
        assert!(group.has_any(&[9, 7]) && !group.has_any(&[9]));

        let fewer = group.without(&[0, 3, 7, 12]).unwrap();
        check(&fewer, &[1, 2, 4, 5, 6]);
        check(&fewer.with(9, filter(9)), &[1, 2, 4, 5, 6, 9]);
        assert!(fewer.without(&[1, 2, 4, 5, 6]).is_none());
    }

    #[test]
    fn a_filter_of_another_shape_stands_elsewhere() {
        let of_few = KeyFilter::read(1, &build(vec![1, 2, 3]).unwrap()).unwrap().unwrap();
        assert!(!FilterGroup::new(0, filter(0)).has_room_for(&of_few));
    }

    #[test]
    fn filters_of_an_earlier_version_stand_beside_those_of_this() {
        let mut earlier = filter(1);
        earlier.high.clear();
        let group = FilterGroup::new(0, filter(0)).with(1, earlier);
        assert!(hashes(1).iter().all(|hash| group.runs_with(*hash).any(|run| run == 1)));
        assert!(hashes(0).iter().all(|hash| group.runs_with(*hash).any(|run| run == 0)));
        let wrong: usize = (2..20).flat_map(hashes).map(|hash| group.runs_with(hash).count()).sum();
        assert!((70..220).contains(&wrong), "{wrong} of thirty-six thousand, where 140 are to be expected");
    }

    #[test]
    fn a_zero_byte_is_found_wherever_it_stands() {
        for lane in 0..8 {
            assert!(has_zero(!(0xff << (8 * lane))) && has_zero(ONES & !(0xff << (8 * lane))));
        }
        assert!(!has_zero(ONES) && !has_zero(u64::MAX) && !has_zero(HIGH_BITS));
    }
}
