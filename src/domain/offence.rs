//! When a client that keeps failing to prove who it is is blocked, and for how long.

use crate::domain::time::Timestamp;
use std::time::Duration;

/// Failures within [`FAILURE_WINDOW`] that block: somebody who mistypes needs fewer, somebody who guesses many more.
pub const FAILURES_MAX: usize = 10;

/// The time within which failures count together.
pub const FAILURE_WINDOW: Duration = Duration::from_mins(1);

/// How long the first block lasts; each further one lasts twice as long as the one before.
const FIRST_BLOCK: Duration = Duration::from_mins(1);

/// The longest block.
const LONGEST_BLOCK: Duration = Duration::from_hours(24);

/// How long after its end a block is remembered: one that follows within that time is longer.
const REMEMBERED: Duration = Duration::from_hours(24);

/// The last failures of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// The oldest gives way to the newest; unused places are at 0.
    at: [Timestamp; FAILURES_MAX],
    next: usize,
}

/// A block that the appliance decided on; the default one ended long ago.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// When it began.
    pub since: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// How many there have been, this one among them.
    pub count: u32,
}

impl Failures {
    /// Notes a failure and tells whether it was one too many: the tenth within a minute. The count then begins anew.
    #[must_use]
    pub fn note(&mut self, now: Timestamp) -> bool {
        if let Some(place) = self.at.get_mut(self.next) {
            *place = now;
        }
        self.next = (self.next + 1) % FAILURES_MAX;
        let too_many = self.recent(now) == FAILURES_MAX;
        if too_many {
            *self = Self::default();
        }
        too_many
    }

    /// Returns how many failures count now.
    pub fn recent(&self, now: Timestamp) -> usize {
        let is_recent = |at: Timestamp| at.as_micros() != 0 && now.duration_since(at) < FAILURE_WINDOW;
        self.at.iter().filter(|at| is_recent(**at)).count()
    }
}

impl Block {
    /// Decides how long a client is blocked from now on, after the block before, if there was one.
    pub fn after(before: Option<&Self>, now: Timestamp) -> Self {
        let before = before.filter(|block| !block.is_forgotten(now)).map_or(0, |block| block.count);
        let doubled = FIRST_BLOCK.saturating_mul(1_u32.checked_shl(before).unwrap_or(u32::MAX));
        let until = now.saturating_add(doubled.min(LONGEST_BLOCK));
        Self { since: now, until, count: before.saturating_add(1) }
    }

    /// Returns for how long the block goes on; nothing once it has ended. A clock that was set back to before its
    /// beginning ends it, so that nobody waits for a day that comes twice.
    pub fn left(&self, now: Timestamp) -> Option<Duration> {
        let set_back = self.since.duration_since(now) > FAILURE_WINDOW;
        Some(self.until.duration_since(now)).filter(|left| !left.is_zero() && !set_back)
    }

    /// Tells whether the block ended so long ago that it makes no further one longer.
    pub fn is_forgotten(&self, now: Timestamp) -> bool {
        self.left(now).is_none() && now.duration_since(self.until) >= REMEMBERED
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_micros((1_000_000 + second) * 1_000_000)
    }

    #[test]
    fn the_tenth_failure_within_a_minute_is_one_too_many() {
        let mut failures = Failures::default();
        assert!((0..9).all(|second| !failures.note(at(second * 6))));
        assert!(failures.note(at(59)));
        assert!((0..9).all(|_| !failures.note(at(59))), "the count begins anew");
        assert!(failures.note(at(59)));
    }

    #[test]
    fn failures_that_come_slowly_block_nobody() {
        let mut failures = Failures::default();
        assert!((0..1_000).all(|number| !failures.note(at(number * 7))));
        assert_eq!(failures.recent(at(999 * 7)), 9);
    }

    #[test]
    fn blocks_double_up_to_a_day_and_are_forgotten_after_another() {
        let mut block = Block::after(None, at(0));
        let mut lengths = vec![block.left(at(0)).unwrap().as_secs() / 60];
        for _ in 0..12 {
            let now = block.until;
            block = Block::after(Some(&block), now);
            lengths.push(block.left(now).unwrap().as_secs() / 60);
        }
        assert_eq!(lengths, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_440, 1_440]);
        let day = Duration::from_hours(24);
        let almost = block.until.saturating_add(day).saturating_sub(Duration::from_secs(1));
        assert!(!block.is_forgotten(almost));
        assert_eq!(Block::after(Some(&block), almost).count, 14);
        let later = block.until.saturating_add(day);
        assert_eq!(Block::after(Some(&block), later).count, 1);
    }

    #[test]
    fn a_block_ends_at_its_end_and_when_the_clock_is_set_back() {
        let block = Block::after(None, at(100));
        assert_eq!(block.left(at(100)), Some(Duration::from_mins(1)));
        assert_eq!(block.left(at(159)), Some(Duration::from_secs(1)));
        assert_eq!(block.left(at(160)), None);
        assert_eq!(block.left(at(0)), None);
    }

    proptest! {
        #[test]
        fn a_client_is_blocked_exactly_when_ten_failures_lie_within_a_minute(
            pauses in proptest::collection::vec(0_u64..20, 1..200),
        ) {
            let (mut failures, mut now, mut recent) = (Failures::default(), 0, Vec::new());
            for pause in pauses {
                now += pause;
                recent.push(now);
                recent.retain(|second| now - second < 60);
                let expected = recent.len() == FAILURES_MAX;
                prop_assert_eq!(failures.note(at(now)), expected);
                if expected {
                    recent.clear();
                }
            }
        }

        #[test]
        fn no_block_is_longer_than_a_day(count in any::<u32>(), second in 0_u64..1_000_000) {
            let before = Block { since: at(0), until: at(second), count };
            let block = Block::after(Some(&before), at(second));
            prop_assert!(block.left(at(second)).unwrap() <= LONGEST_BLOCK);
        }
    }
}
