//! How often something happened within the last quarter of an hour, by whole minutes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Minutes that count: the one under way and those before it.
const MINUTES: u64 = 15;

/// One place for each minute that counts.
const PLACES: usize = 15;

/// Counts by minute. A minute's place is taken over by the minute that comes a quarter of an hour later; of two threads
/// that take it over at once, one may lose a count, which nobody misses here.
#[derive(Debug)]
pub(super) struct Recent {
    origin: Instant,
    /// The minute since `origin` and 1, and what happened in it.
    places: [(AtomicU64, AtomicU64); PLACES],
}

impl Recent {
    pub(super) fn new() -> Self {
        Self { origin: Instant::now(), places: std::array::from_fn(|_| Default::default()) }
    }

    pub(super) fn count(&self) {
        self.count_at(self.origin.elapsed());
    }

    pub(super) fn total(&self) -> u64 {
        self.total_at(self.origin.elapsed())
    }

    fn count_at(&self, since_origin: Duration) {
        let minute = since_origin.as_secs() / 60;
        let at = usize::try_from(minute % MINUTES).unwrap_or_default();
        let Some((of, count)) = self.places.get(at) else { return };
        if of.swap(minute + 1, Ordering::Relaxed) != minute + 1 {
            count.store(0, Ordering::Relaxed);
        }
        count.fetch_add(1, Ordering::Relaxed);
    }

    fn total_at(&self, since_origin: Duration) -> u64 {
        let minute = since_origin.as_secs() / 60 + 1;
        let counts =
            |of: &AtomicU64| of.load(Ordering::Relaxed) > 0 && of.load(Ordering::Relaxed) + MINUTES > minute;
        let counted = self.places.iter().filter(|(of, _)| counts(of));
        counted.map(|(_, count)| count.load(Ordering::Relaxed)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_a_quarter_of_an_hour_counts_no_more() {
        let recent = Recent::new();
        let at = |minute: u64| Duration::from_mins(minute);
        assert_eq!(recent.total_at(at(0)), 0);
        recent.count_at(at(0));
        recent.count_at(at(0));
        recent.count_at(at(14));
        assert_eq!(recent.total_at(at(14)), 3);
        assert_eq!(recent.total_at(at(15)), 1);
        recent.count_at(at(15));
        assert_eq!(recent.total_at(at(15)), 2, "the place of the first minute was taken over");
        assert_eq!(recent.total_at(at(100)), 0);
    }
}
