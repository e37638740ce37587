//! How long somebody waits who keeps failing to log in: a delay that grows and never a lock, because whoever can lock
//! an operator out needs no password to do harm.

use crate::domain::time::Timestamp;
use std::time::Duration;

/// SignInFailures without a delay: people mistype.
const FREE_FAILURES: u32 = 5;

/// The first delay; each further failure doubles it.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// The longest delay: an attacker gets a few dozen guesses an hour, the operator waits a minute and a half at most.
const LONGEST_DELAY: Duration = Duration::from_secs(90);

/// SignInFailures are forgotten after this time without another.
const REMEMBERED: Duration = Duration::from_hours(1);

/// The failures since the last login of a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignInFailures {
    count: u32,
    last: Timestamp,
}

impl SignInFailures {
    /// Returns how long the next attempt has to wait; none: not at all.
    pub fn delay(&self, now: Timestamp) -> Option<Duration> {
        let over = self.count.checked_sub(FREE_FAILURES)?;
        let delay = FIRST_DELAY.saturating_mul(1 << over.min(16)).min(LONGEST_DELAY);
        delay.checked_sub(now.duration_since(self.last)).filter(|left| !left.is_zero())
    }

    /// Notes a failure.
    pub fn note(&mut self, now: Timestamp) {
        if self.is_forgotten(now) {
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        self.last = now;
    }

    /// Takes a failure back that was none after all.
    pub fn give_back(&mut self) {
        self.count = self.count.saturating_sub(1);
    }

    /// Tells whether the failures no longer count.
    pub fn is_forgotten(&self, now: Timestamp) -> bool {
        now.duration_since(self.last) >= REMEMBERED
    }

    /// Returns how many failures count.
    pub fn count(&self) -> u32 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_micros((10_000 + second) * 1_000_000)
    }

    #[test]
    fn five_failures_are_free_and_the_delay_grows_to_its_bound() {
        let mut failures = SignInFailures::default();
        for _ in 0..4 {
            failures.note(at(0));
            assert_eq!(failures.delay(at(0)), None);
        }
        let mut delays = Vec::new();
        for _ in 0..9 {
            failures.note(at(0));
            delays.push(failures.delay(at(0)).unwrap().as_secs());
        }
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 90, 90]);
        assert_eq!(failures.delay(at(89)), Some(Duration::from_secs(1)));
        assert_eq!(failures.delay(at(90)), None);
    }

    #[test]
    fn failures_are_forgotten_after_an_hour() {
        let mut failures = SignInFailures::default();
        (0..20).for_each(|_| failures.note(at(0)));
        assert!(failures.is_forgotten(at(3_600)) && !failures.is_forgotten(at(3_599)));
        failures.note(at(3_600));
        assert_eq!((failures.count(), failures.delay(at(3_600))), (1, None));
    }
}
