//! A clock that jumps ahead.

use crate::domain::retention_clock::{DOUBTED_FOR, JUMP_MIN};
use crate::domain::time::Timestamp;
use std::time::{Duration, Instant};

/// A clock that loses more than this on the time that really passed was set back: services that adjust it slowly lose
/// less.
const BACK_MIN: Duration = Duration::from_secs(5);

/// A step of the clock that somebody should know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It jumped ahead by so much.
    Ahead(Duration),
    /// It was set back by so much.
    Back(Duration),
}

/// Compares the clock with the time that really passed.
#[derive(Debug, Default)]
pub(super) struct ClockWatch {
    last: Option<(Instant, Timestamp)>,
    jumped: Option<(Instant, Timestamp)>,
    /// The last step that nobody was told of yet.
    step: Option<Step>,
}

impl ClockWatch {
    /// Notes the time; tells whether the clock jumped ahead within the last day.
    pub(super) fn note(&mut self, real: Instant, shown: Timestamp) -> bool {
        if let Some((real_before, shown_before)) = self.last.replace((real, shown)) {
            let passed = real.saturating_duration_since(real_before);
            let due = shown_before.saturating_add(passed);
            if shown > due.saturating_add(JUMP_MIN) {
                self.jumped = Some((real, shown_before));
                self.step = Some(Step::Ahead(shown.duration_since(due)));
            } else if shown.saturating_add(BACK_MIN) < due {
                self.step = Some(Step::Back(due.duration_since(shown)));
            }
        }
        // Set back to where it would be without the jump, it is right again.
        let told = |(at, before): &(Instant, Timestamp)| {
            let since = real.saturating_duration_since(*at);
            since < DOUBTED_FOR && shown > before.saturating_add(since + JUMP_MIN)
        };
        self.jumped = self.jumped.take().filter(told);
        self.jumped.is_some()
    }

    /// Returns the last step, once.
    pub(super) fn take_step(&mut self) -> Option<Step> {
        self.step.take()
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
        assert_eq!(watch.take_step(), Some(Step::Ahead(minutes(599))));
        assert_eq!(watch.take_step(), None, "a step is told once");
        assert!(!note(&mut watch, 3, 4), "it was set back");
        assert_eq!(watch.take_step(), Some(Step::Back(minutes(598))));
    }
}
