//! What time it is for decisions on retention when the clock jumps ahead.
//!
//! A clock that gains more than ten minutes on the time that really passed is not believed for 24 hours: what was stored
//! before the jump ages by the time that really passed. What is stored after it carries times of the jumped clock, so it
//! is judged by that clock. When the clock is set back, times of events stand still until it has caught up.

use crate::domain::time::Timestamp;
use std::time::Duration;

/// A clock that gains more than this on the time that really passed has jumped.
pub const JUMP_MIN: Duration = Duration::from_mins(10);

/// How long a jump is not believed: an operator has a day to set the clock.
pub const DOUBTED_FOR: Duration = Duration::from_hours(24);

/// A change of a doubt that is worth keeping over a restart.
const NOTABLE: Duration = Duration::from_mins(1);

/// What a clock shows and the time that really passed since some instant, read at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The time of day, which may jump.
    pub shown: Timestamp,
    /// Time passed, which never jumps.
    pub passed: Duration,
}

/// Times that are not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Times from here on are those of the jumped clock.
    pub from: Timestamp,
    /// How much the newest of them is ahead of the time that is believed.
    pub ahead: Duration,
}

/// The present, for decisions on retention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionNow {
    newest: Timestamp,
    doubt: Option<Doubt>,
}

impl RetentionNow {
    /// The present is the newest time an event may have.
    pub fn new(newest: Timestamp, doubt: Option<Doubt>) -> Self {
        Self { newest, doubt }
    }

    /// Returns the present by which something of that time is judged.
    pub fn judging(self, of: Timestamp) -> Timestamp {
        match self.doubt {
            Some(doubt) if of < doubt.from && doubt.from <= self.newest => {
                self.newest.saturating_sub(doubt.ahead)
            }
            _ => self.newest,
        }
    }
}

/// Follows a clock.
#[derive(Clone, Debug)]
pub struct RetentionClock {
    last: Option<Reading>,
    newest: Timestamp,
    /// Where times are not believed from, and how much the clock is ahead.
    jump: Option<(Timestamp, Duration)>,
    kept: Option<Doubt>,
}

impl RetentionClock {
    /// Begins after the last event's time, with the doubt that was kept.
    pub fn new(newest: Timestamp, kept: Option<Doubt>) -> Self {
        Self { last: None, newest, jump: kept.map(|doubt| (doubt.from, doubt.ahead)), kept }
    }

    /// Returns the time that the next event has: it never goes back.
    pub fn newest(&self) -> Timestamp {
        self.newest
    }

    /// Returns the present.
    pub fn present(&self) -> RetentionNow {
        RetentionNow::new(self.newest, self.doubt())
    }

    /// Notes what the clock shows.
    pub fn note(&mut self, reading: Reading) {
        let Reading { shown, passed } = reading;
        let due = match self.last.replace(reading) {
            Some(before) => before.shown.saturating_add(passed.saturating_sub(before.passed)),
            // Set back while nobody looked.
            None if self.jump.is_some_and(|(from, _)| shown < from) => {
                self.jump = self.jump.map(|(from, _)| (from, Duration::ZERO));
                shown
            }
            None => shown,
        };
        let gained = shown.duration_since(due);
        let ahead = self.jump.map_or(Duration::ZERO, |(_, ahead)| ahead);
        let ahead = (ahead + gained).saturating_sub(due.duration_since(shown));
        let ahead = if ahead > JUMP_MIN { ahead } else { Duration::ZERO };
        self.jump = match self.jump {
            // What came between two jumps is judged as if no time had passed.
            _ if gained > JUMP_MIN => Some((shown.max(self.newest), ahead)),
            before => before.map(|(from, _)| (from, ahead)),
        };
        self.newest = self.newest.max(shown);
        self.jump = self.jump.filter(|(from, ahead)| {
            if ahead.is_zero() { shown < self.newest } else { shown < from.saturating_add(DOUBTED_FOR) }
        });
    }

    fn doubt(&self) -> Option<Doubt> {
        let (from, ahead) = self.jump?;
        let believed = self.last.map_or(self.newest, |last| last.shown).saturating_sub(ahead);
        Some(Doubt { from, ahead: self.newest.duration_since(believed) })
    }

    /// Returns the doubt if it changed since it was last asked for, so that it can be kept over a restart.
    pub fn changed_doubt(&mut self) -> Option<Option<Doubt>> {
        let doubt = self.doubt();
        let is_kept = match (self.kept, doubt) {
            (None, None) => true,
            (Some(kept), Some(now)) => kept.from == now.from && kept.ahead.abs_diff(now.ahead) < NOTABLE,
            _ => false,
        };
        if is_kept {
            return None;
        }
        self.kept = doubt;
        Some(doubt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: Duration = Duration::from_hours(24);
    const MINUTE: Duration = Duration::from_mins(1);
    /// A day but a minute.
    const MINUTE_LESS: Duration = Duration::from_mins(24 * 60 - 1);

    fn start() -> Timestamp {
        Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
    }

    /// A clock and the time that really passed.
    struct World {
        clock: RetentionClock,
        reading: Reading,
    }

    impl World {
        fn new() -> Self {
            let reading = Reading { shown: start(), passed: Duration::ZERO };
            let mut clock = RetentionClock::new(start(), None);
            clock.note(reading);
            Self { clock, reading }
        }

        fn pass(&mut self, time: Duration) -> &mut Self {
            self.reading.shown = self.reading.shown.saturating_add(time);
            self.reading.passed += time;
            self.clock.note(self.reading);
            self
        }

        fn show(&mut self, shown: Timestamp) -> &mut Self {
            self.reading.shown = shown;
            self.clock.note(self.reading);
            self
        }

        fn jump(&mut self, ahead: Duration) -> &mut Self {
            self.show(self.reading.shown.saturating_add(ahead))
        }

        fn age(&self, of: Timestamp) -> Duration {
            self.clock.present().judging(of).duration_since(of)
        }
    }

    #[test]
    fn what_was_before_a_jump_ages_by_the_time_that_really_passed_for_a_day() {
        let mut world = World::new();
        world.pass(MINUTE).jump(40 * DAY);
        assert_eq!(world.age(start()), MINUTE);
        let after = world.clock.newest();
        world.pass(MINUTE_LESS);
        assert_eq!((world.age(start()), world.age(after)), (DAY, MINUTE_LESS));
        world.pass(MINUTE);
        assert_eq!((world.age(start()), world.age(after)), (41 * DAY + MINUTE, DAY), "then it is believed");
        assert_eq!(world.clock.doubt(), None);
    }

    #[test]
    fn a_clock_set_back_ages_what_was_before_by_itself() {
        let mut world = World::new();
        world.pass(MINUTE).jump(40 * DAY).pass(MINUTE);
        world.show(start().saturating_add(3 * MINUTE));
        assert_eq!(world.age(start()), 3 * MINUTE);
        world.pass(20 * DAY);
        assert_eq!(world.age(start()), 20 * DAY + 3 * MINUTE, "longer than a day after the jump too");
        world.pass(21 * DAY);
        assert_eq!(world.clock.doubt(), None, "the clock has caught up");
        assert_eq!(world.age(start()), 41 * DAY + 3 * MINUTE);
    }

    #[test]
    fn small_steps_are_followed_and_a_second_jump_begins_anew() {
        let mut world = World::new();
        world.pass(MINUTE).jump(JUMP_MIN);
        assert_eq!((world.clock.doubt(), world.age(start())), (None, MINUTE + JUMP_MIN));
        world.jump(40 * DAY).pass(DAY / 2).jump(DAY).pass(MINUTE_LESS);
        assert_eq!(world.age(start()), JUMP_MIN + DAY + DAY / 2);
        world.pass(MINUTE);
        assert_eq!(world.clock.doubt(), None);
    }

    #[test]
    fn a_doubt_outlasts_a_restart_and_is_told_when_it_changes() {
        let mut world = World::new();
        assert_eq!(world.clock.changed_doubt(), None);
        world.pass(MINUTE).jump(40 * DAY);
        let kept = world.clock.changed_doubt().unwrap().unwrap();
        assert_eq!(world.clock.changed_doubt(), None);
        let again = |shown: Timestamp| {
            let mut clock = RetentionClock::new(kept.from, Some(kept));
            clock.note(Reading { shown, passed: Duration::ZERO });
            (clock.present().judging(start()).duration_since(start()), clock.changed_doubt())
        };
        assert_eq!(again(kept.from.saturating_add(MINUTE)), (2 * MINUTE, None));
        assert_eq!(again(kept.from.saturating_add(DAY)), (41 * DAY + MINUTE, Some(None)));
        assert_eq!(again(start().saturating_add(3 * MINUTE)).0, 3 * MINUTE, "set back in between");
    }

    proptest! {
        #[test]
        fn nothing_ages_faster_than_the_clock_or_is_younger_than_nothing(
            steps in proptest::collection::vec((0u64..100_000, -5_000_000i64..5_000_000), 1..40),
        ) {
            let mut world = World::new();
            for (passes, step) in steps {
                world.pass(Duration::from_secs(passes));
                let micros = world.reading.shown.as_micros().saturating_add_signed(step * 1_000_000);
                let (before, newest) = (world.clock.present(), world.clock.newest());
                world.show(Timestamp::from_micros(micros));
                prop_assert!(world.clock.newest() >= newest);
                prop_assert!(world.clock.present().judging(start()) <= world.clock.newest());
                // A jump alone makes nothing older.
                if step > 600 {
                    prop_assert!(world.clock.present().judging(start()) <= before.judging(start()).max(start())
                        || before.judging(start()) == newest || world.clock.doubt().is_none());
                }
            }
        }
    }
}
