//! A clock that jumps ahead.

use crate::domain::time::Timestamp;
use std::time::{Duration, Instant};

/// A clock that gains more than this on the time that really passed has jumped.
const JUMP_MIN: Duration = Duration::from_mins(10);

/// How long a jump is told, unless the clock is set back before.
const TOLD_FOR: Duration = Duration::from_hours(24);

/// Compares the clock with the time that really passed.
#[derive(Debug, Default)]
pub(super) struct ClockWatch {
    last: Option<(Instant, Timestamp)>,
    jumped: Option<(Instant, Timestamp)>,
}

impl ClockWatch {
    /// Notes the time; tells whether the clock jumped ahead within the last day.
    pub(super) fn note(&mut self, real: Instant, shown: Timestamp) -> bool {
        if let Some((real_before, shown_before)) = self.last.replace((real, shown)) {
            let passed = real.saturating_duration_since(real_before);
            if shown > shown_before.saturating_add(passed + JUMP_MIN) {
                self.jumped = Some((real, shown_before));
            }
        }
        // Set back to where it would be without the jump, it is right again.
        let told = |(at, before): &(Instant, Timestamp)| {
            let since = real.saturating_duration_since(*at);
            since < TOLD_FOR && shown > before.saturating_add(since + JUMP_MIN)
        };
        self.jumped = self.jumped.take().filter(told);
        self.jumped.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_ahead_is_told_for_a_day_or_until_it_is_taken_back() {
        let (begin, shown) = (Instant::now(), Timestamp::parse("2026-03-01T12:00:00Z").unwrap());
        let minutes = |minutes: u64| Duration::from_mins(minutes);
        let note = |watch: &mut ClockWatch, real: u64, clock: u64| {
            watch.note(begin + minutes(real), shown.saturating_add(minutes(clock)))
        };
        let mut watch = ClockWatch::default();
        assert!(!note(&mut watch, 0, 0) && !note(&mut watch, 60, 60) && !note(&mut watch, 61, 70));
        assert!(note(&mut watch, 62, 90));
        assert!(note(&mut watch, 600, 629));
        assert!(!note(&mut watch, 62 + 24 * 60, 90 + 24 * 60), "a day later nobody needs to be told");
        let mut watch = ClockWatch::default();
        assert!(!note(&mut watch, 0, 0) && note(&mut watch, 1, 600) && note(&mut watch, 2, 601));
        assert!(!note(&mut watch, 3, 4), "it was set back");
    }
}
