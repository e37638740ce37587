//! Who failed too often to prove who they are.

use crate::domain::offence::{Block, Failures};
use crate::domain::time::Timestamp;
use crate::services::limits::bounded::Bounded;
use std::hash::Hash;
use std::time::Duration;

/// Failures and blocks, by whom they count for. Blocks have a map of their own, so that no number of others who fail
/// pushes one out; of too many blocks the one that ends first goes.
#[derive(Debug)]
pub(super) struct Offenders<K> {
    failures: Bounded<K, Failures>,
    blocks: Bounded<K, Block>,
}

impl<K> Default for Offenders<K> {
    fn default() -> Self {
        Self { failures: Bounded::default(), blocks: Bounded::default() }
    }
}

impl<K: Hash + Eq + Clone> Offenders<K> {
    /// Tells whether nobody was ever blocked.
    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Returns for how long somebody is blocked.
    pub(super) fn blocked(&self, key: &K, now: Timestamp) -> Option<Duration> {
        self.blocks.read(key, |block| block.left(now)).flatten()
    }

    /// Notes a failure and returns the block that it brought. Failures of somebody who is blocked, which can only have
    /// been under way before, count no further.
    pub(super) fn note_failure(&self, key: K, now: Timestamp) -> Option<Block> {
        let recent = |failures: &Failures| failures.recent(now) as u64;
        let note = |failures: &mut Failures| failures.note(now);
        if self.blocked(&key, now).is_some()
            || !self.failures.change(key.clone(), Failures::default, recent, note)
        {
            return None;
        }
        let worth = |block: &Block| if block.is_forgotten(now) { 0 } else { block.until.as_micros() };
        self.blocks.change(key, Block::default, worth, |block| {
            // Another thread may have blocked in between; then that block stands.
            block.left(now).is_none().then(|| {
                *block = Block::after(Some(block), now);
                *block
            })
        })
    }

    /// Ends the blocks that `wanted` says and forgets their failures; returns how many still held.
    pub(super) fn lift(&self, now: Timestamp, wanted: impl Fn(&K) -> bool) -> usize {
        let mut held = 0;
        self.failures.retain(|key, _| !wanted(key));
        self.blocks.retain(|key, block| {
            let goes = wanted(key);
            held += usize::from(goes && block.left(now).is_some());
            !goes
        });
        held
    }

    /// Returns what `map` makes of the blocks that hold, in no order.
    pub(super) fn holding<R>(&self, now: Timestamp, map: impl Fn(&K, &Block) -> R) -> Vec<R> {
        self.blocks.collect(|key, block| block.left(now).is_some().then(|| map(key, block)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::offence::FAILURES_MAX;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_micros((1_000_000 + second) * 1_000_000)
    }

    fn fail(offenders: &Offenders<u64>, key: u64, second: u64) -> Option<u64> {
        (0..FAILURES_MAX)
            .filter_map(|_| offenders.note_failure(key, at(second)))
            .map(|block| block.left(at(second)).unwrap().as_secs())
            .last()
    }

    #[test]
    fn ten_failures_block_and_a_second_time_for_longer() {
        let offenders = Offenders::default();
        assert_eq!(fail(&offenders, 1, 0), Some(60));
        assert_eq!(offenders.blocked(&1, at(59)), Some(Duration::from_secs(1)));
        assert_eq!(offenders.blocked(&1, at(60)), None);
        assert_eq!(fail(&offenders, 1, 60), Some(120));
        assert_eq!(offenders.blocked(&2, at(60)), None);
    }

    #[test]
    fn a_blocked_one_stays_blocked_while_a_hundred_thousand_others_fail() {
        let offenders = Offenders::default();
        fail(&offenders, 0, 0);
        fail(&offenders, 0, 60);
        for other in 1..=100_000 {
            assert_eq!(offenders.note_failure(other, at(60)), None);
        }
        for other in 200_000..280_000 {
            assert_eq!(fail(&offenders, other, 61), Some(60));
        }
        assert!(offenders.blocked(&0, at(179)).is_some(), "its block ends last");
    }

    #[test]
    fn a_lifted_block_is_forgotten() {
        let offenders = Offenders::default();
        fail(&offenders, 1, 0);
        fail(&offenders, 2, 0);
        assert_eq!(offenders.holding(at(1), |key, _| *key).len(), 2);
        assert_eq!(offenders.lift(at(1), |key| *key == 1), 1);
        assert_eq!(offenders.holding(at(1), |key, _| *key), [2]);
        assert_eq!(fail(&offenders, 1, 2), Some(60));
        assert_eq!(offenders.lift(at(300), |_| true), 0);
    }

    #[test]
    fn threads_that_fail_at_once_block_once() {
        let offenders = Offenders::default();
        let blocks: usize = std::thread::scope(|scope| {
            let fails = || (0..1_000).filter_map(|_| offenders.note_failure(7_u64, at(0))).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(fails)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(blocks, 1);
    }
}
