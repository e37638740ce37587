//! What is believed of a clock that is set, stopped and started.

use crate::domain::believed_time::{BelievedTime, Boot, ClockStanding, JUMP_MIN, KeptClock, Reading};
use crate::domain::time::Timestamp;
use proptest::prelude::*;
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);
const MINUTE: Duration = Duration::from_mins(1);

fn start() -> Timestamp {
    Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
}

fn after(time: Duration) -> Timestamp {
    start().saturating_add(time)
}

/// A clock, the time that really passed, and what is kept.
struct World {
    time: BelievedTime,
    reading: Reading,
}

impl World {
    fn new() -> Self {
        let reading = Reading { shown: start(), passed: DAY, boot: Boot(1) };
        let mut time = BelievedTime::new(Timestamp::default(), None);
        time.note(reading);
        Self { time, reading }
    }

    fn pass(&mut self, time: Duration) -> &mut Self {
        self.reading.shown = self.reading.shown.saturating_add(time);
        self.reading.passed += time;
        self.time.note(self.reading);
        self
    }

    fn show(&mut self, shown: Timestamp) -> &mut Self {
        self.reading.shown = shown;
        self.time.note(self.reading);
        self
    }

    fn jump(&mut self, ahead: Duration) -> &mut Self {
        self.show(self.reading.shown.saturating_add(ahead))
    }

    /// Stops, and starts again so much later while the clock goes ahead by so much more.
    fn restart(&mut self, off: Duration, ahead: Duration) -> &mut Self {
        let kept = self.time.keep();
        self.reading.shown = self.reading.shown.saturating_add(off + ahead);
        self.reading.passed += off;
        self.time = BelievedTime::new(start(), Some(kept));
        self.time.note(self.reading);
        self
    }

    fn reboot(&mut self, off: Duration) -> &mut Self {
        (self.reading.boot, self.reading.passed) = (Boot(self.reading.boot.0 + 1), MINUTE);
        self.restart(off, Duration::ZERO)
    }

    fn believed(&self) -> Timestamp {
        self.time.state().believed
    }

    fn standing(&self) -> ClockStanding {
        self.time.state().standing
    }

    fn is_doubted(&self) -> bool {
        matches!(self.standing(), ClockStanding::Ahead { .. })
    }
}

#[test]
fn after_a_jump_time_goes_on_as_it_passes_for_a_day() {
    let mut world = World::new();
    world.pass(MINUTE).jump(40 * DAY);
    assert_eq!((world.believed(), world.time.state().newest), (after(MINUTE), after(MINUTE)));
    world.pass(DAY.saturating_sub(MINUTE));
    assert_eq!(world.believed(), after(DAY));
    let (by, left) = (40 * DAY, MINUTE);
    assert_eq!(world.standing(), ClockStanding::Ahead { by, left, over_reboot: false });
    world.pass(MINUTE);
    assert_eq!((world.standing(), world.believed()), (ClockStanding::Right, after(41 * DAY + MINUTE)));
}

#[test]
fn a_clock_400_days_ahead_at_start_is_doubted_and_right_once_it_is_set() {
    let mut world = World::new();
    world.restart(DAY / 2, 400 * DAY);
    assert_eq!((world.is_doubted(), world.believed()), (true, after(DAY / 2)));
    world.pass(MINUTE);
    assert_eq!(world.time.state().newest, after(DAY / 2 + MINUTE), "the ledger is not poisoned");
    world.show(after(DAY / 2 + MINUTE));
    assert_eq!((world.standing(), world.believed()), (ClockStanding::Right, after(DAY / 2 + MINUTE)));
    let mut world = World::new();
    world.restart(90 * DAY, Duration::ZERO);
    assert_eq!(
        (world.standing(), world.believed()),
        (ClockStanding::Right, after(90 * DAY)),
        "it was off so long"
    );
}

#[test]
fn restarts_neither_end_a_doubt_nor_add_up() {
    let mut world = World::new();
    world.restart(MINUTE, 400 * DAY);
    for _ in 0..23 {
        world.restart(DAY / 24, Duration::ZERO);
    }
    assert_eq!((world.is_doubted(), world.believed()), (true, after(23 * DAY / 24 + MINUTE)));
    world.restart(DAY / 24, Duration::ZERO);
    assert!(!world.is_doubted(), "24 hours are over");
    let mut world = World::new();
    world.restart(MINUTE, 9 * MINUTE).restart(MINUTE, 9 * MINUTE).restart(MINUTE, 9 * MINUTE);
    assert_eq!((world.is_doubted(), world.believed()), (true, after(12 * MINUTE)));
}

#[test]
fn a_reboot_is_believed_to_have_taken_a_week_at_most() {
    let mut world = World::new();
    world.reboot(3 * DAY);
    assert_eq!((world.standing(), world.believed()), (ClockStanding::Right, after(3 * DAY)));
    world.reboot(30 * DAY);
    let (by, left) = (30 * DAY, DAY);
    assert_eq!(world.standing(), ClockStanding::Ahead { by, left, over_reboot: true });
    assert_eq!((world.believed(), world.time.state().latest()), (after(3 * DAY), after(33 * DAY)));
    world.pass(MINUTE).reboot(MINUTE).pass(MINUTE);
    assert_eq!((world.is_doubted(), world.believed()), (true, after(3 * DAY + 2 * MINUTE)));
    world.show(after(5 * DAY));
    assert_eq!((world.standing(), world.believed()), (ClockStanding::Right, after(5 * DAY)), "it was set");
    world.jump(DAY);
    assert!(world.is_doubted(), "the boot's allowance is used up");
}

#[test]
fn a_reboot_believes_no_jump_that_was_doubted_before() {
    let mut world = World::new();
    world.jump(3 * DAY).reboot(MINUTE);
    assert_eq!((world.is_doubted(), world.believed()), (true, start()));
    world.show(after(2 * DAY));
    assert!(!world.is_doubted(), "it was set meanwhile");
}

#[test]
fn a_machine_that_boots_in_the_past_may_still_be_set_right() {
    let mut world = World::new();
    world.reading.shown = Timestamp::from_micros(1);
    world.reboot(Duration::ZERO).pass(MINUTE);
    assert!(matches!(world.standing(), ClockStanding::Behind { .. }));
    assert_eq!(world.time.state().newest, start());
    world.show(after(2 * DAY));
    assert_eq!((world.standing(), world.believed()), (ClockStanding::Right, after(2 * DAY)));
}

#[test]
fn a_clock_set_back_is_followed_while_events_wait_and_no_jump_when_right_again() {
    let mut world = World::new();
    world.pass(DAY).show(start());
    let state = world.time.state();
    assert_eq!((state.believed, state.newest), (start(), after(DAY)));
    assert_eq!(state.standing, ClockStanding::Behind { by: DAY });
    world.pass(MINUTE).show(after(DAY + MINUTE));
    assert_eq!((world.standing(), world.believed()), (ClockStanding::Right, after(DAY + MINUTE)));
}

#[test]
fn a_confirmed_clock_is_believed_at_once_and_stays_so() {
    let mut world = World::new();
    world.jump(400 * DAY);
    world.time.confirm(world.reading);
    assert_eq!((world.standing(), world.believed()), (ClockStanding::Right, after(400 * DAY)));
    world.restart(MINUTE, Duration::ZERO).reboot(MINUTE);
    assert_eq!((world.standing(), world.believed()), (ClockStanding::Right, after(400 * DAY + 2 * MINUTE)));
    world.jump(DAY);
    assert!(world.is_doubted(), "the next jump is doubted again");
}

#[test]
fn what_came_while_the_clock_was_doubted_is_no_older_when_it_is_believed() {
    let mut world = World::new();
    world.pass(MINUTE).jump(400 * DAY).pass(DAY.saturating_sub(MINUTE));
    let late = world.time.state().newest;
    world.pass(MINUTE).pass(MINUTE).restart(MINUTE, Duration::ZERO);
    let age = |world: &World, of: Timestamp| world.time.present().judging(of).duration_since(of);
    assert_eq!(age(&world, late), 3 * MINUTE);
    assert_eq!(age(&world, start()), 401 * DAY + 3 * MINUTE, "what came before is");
    assert_eq!(age(&world, after(401 * DAY + MINUTE)), 2 * MINUTE);
    let mut world = World::new();
    world.reboot(30 * DAY).pass(MINUTE);
    world.time.confirm(world.reading);
    assert_eq!(age(&world, after(MINUTE)), Duration::ZERO);
}

#[test]
fn small_steps_are_followed_and_a_second_jump_is_doubted_anew() {
    let mut world = World::new();
    world.pass(MINUTE).jump(JUMP_MIN);
    assert_eq!((world.standing(), world.believed()), (ClockStanding::Right, after(MINUTE + JUMP_MIN)));
    world.pass(DAY).jump(JUMP_MIN);
    assert_eq!(world.standing(), ClockStanding::Right, "small steps are forgotten within a day");
    world.jump(40 * DAY).pass(DAY / 2).jump(DAY).pass(DAY.saturating_sub(MINUTE));
    assert!(world.is_doubted());
    world.pass(MINUTE);
    assert!(!world.is_doubted());
}

#[test]
fn what_changed_is_kept_at_once_and_else_every_minute() {
    let mut world = World::new();
    assert!(world.time.keep_if_due().is_some() && world.time.keep_if_due().is_none());
    world.pass(MINUTE / 2);
    assert_eq!(world.time.keep_if_due(), None);
    world.pass(MINUTE / 2);
    assert!(world.time.keep_if_due().is_some());
    world.jump(DAY);
    let kept = world.time.keep_if_due().unwrap();
    assert_eq!(world.time.keep_if_due(), None);
    let row = serde_json::to_string(&kept).unwrap();
    assert_eq!(
        row,
        r#"{"boot":1,"passed_us":86460000000,"due":"2026-03-01T12:01:00.000000Z","newest":"2026-03-01T12:01:00.000000Z","steps_us":0,"settled":true,"doubt":{"ahead_us":86400000000,"for_us":0},"bridge":null}"#
    );
    assert_eq!(serde_json::from_str::<KeptClock>(&row).unwrap(), kept);
}

proptest! {
    #[test]
    fn believed_time_never_outruns_clock_and_passed_time_and_events_never_go_back(
        steps in proptest::collection::vec((0u64..50_000, -5_000_000i64..5_000_000, any::<bool>()), 1..40),
    ) {
        let (mut world, mut due) = (World::new(), start());
        for (passes, step, restarts) in steps {
            world.pass(Duration::from_secs(passes));
            let before = world.time.state();
            due = due.saturating_add(Duration::from_secs(passes)).max(before.believed);
            let micros = world.reading.shown.as_micros().saturating_add_signed(step * 1_000_000);
            world.show(Timestamp::from_micros(micros));
            if restarts {
                world.restart(Duration::ZERO, Duration::ZERO);
            }
            let state = world.time.state();
            prop_assert!((restarts || state.newest >= before.newest) && state.newest >= state.believed);
            prop_assert!(state.believed <= state.shown);
            // A jump alone makes nothing older.
            prop_assert!(state.believed <= due.saturating_add(JUMP_MIN));
            due = due.max(state.believed);
        }
    }
}
