//! What time it is when the clock may be wrong.
//!
//! Within one boot of the machine, the time that really passed tells where the clock should be. A clock that is more than
//! ten minutes ahead of that is *doubted*: until it is set right, confirmed by an operator or 24 hours old, time goes on
//! from the last believed instant as it really passes. Across a reboot nothing tells how long the machine was off: up to
//! seven days are believed. A clock that was set back is followed, but the times of events never go back.

use crate::domain::members;
use crate::domain::time::{Timestamp, format_roughly};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A clock that gains more than this on the time that really passed is doubted. Smaller steps within a day add up.
pub const JUMP_MIN: Duration = Duration::from_mins(10);

/// The longest time off that is believed across a reboot.
pub const OFF_MAX: Duration = Duration::from_hours(7 * 24);

/// How long a clock is doubted: an operator has a day to set it.
pub const DOUBTED_FOR: Duration = Duration::from_hours(24);

/// A clock this much behind the newest time is told: services that set it move it by less.
pub const BACK_MIN: Duration = Duration::from_secs(5);

/// How often what is believed is kept, so that a start knows how long the appliance was off.
const KEPT_EVERY: Duration = Duration::from_mins(1);

/// Small steps are forgotten at ten minutes a day.
const STEPS_FORGOTTEN: u32 = 24 * 6;

/// One boot of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot(pub u64);

/// What a clock shows and the time that really passed, read at the same moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The time of day, which people and programs may set.
    pub shown: Timestamp,
    /// Time passed in this boot, which never jumps.
    pub passed: Duration,
    /// Which boot that is.
    pub boot: Boot,
}

/// A doubt about the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// How much the clock was ahead when the doubt began.
    #[serde(
        rename = "ahead_us",
        serialize_with = "members::micros",
        deserialize_with = "members::from_micros"
    )]
    ahead: Duration,
    /// How long it has lasted.
    #[serde(
        rename = "for_us",
        serialize_with = "members::micros",
        deserialize_with = "members::from_micros"
    )]
    lasted: Duration,
}

/// Times that were given while the clock was doubted that was believed in the end: by it, all of them are as much older
/// as the clock was ahead, which they are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bridge {
    from: Timestamp,
    to: Timestamp,
    #[serde(
        rename = "ahead_us",
        serialize_with = "members::micros",
        deserialize_with = "members::from_micros"
    )]
    ahead: Duration,
}

/// The present, for decisions on what has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// The time of the next event.
    pub newest: Timestamp,
    /// Times that need care.
    pub bridge: Option<Bridge>,
}

impl Present {
    /// Returns the present by which something of that time is judged.
    pub fn judging(&self, of: Timestamp) -> Timestamp {
        match self.bridge {
            Some(bridge) if (bridge.from..=bridge.to).contains(&of) => {
                self.newest.saturating_sub(bridge.ahead)
            }
            _ => self.newest,
        }
    }
}

/// What is kept of the clock, over restarts and reboots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptClock {
    boot: Boot,
    /// Time passed in that boot.
    #[serde(
        rename = "passed_us",
        serialize_with = "members::micros",
        deserialize_with = "members::from_micros"
    )]
    passed: Duration,
    /// The time that was due then: the latest believed time, and what really passed since.
    due: Timestamp,
    /// The newest time an event may have had.
    newest: Timestamp,
    /// What small steps ahead came to, less what is forgotten of them.
    #[serde(
        rename = "steps_us",
        serialize_with = "members::micros",
        deserialize_with = "members::from_micros"
    )]
    steps: Duration,
    /// Whether the clock was believed since the machine's boot: from then on passed time tells all.
    settled: bool,
    doubt: Option<Doubt>,
    /// The last doubt that ended with the clock believed.
    bridge: Option<Bridge>,
}

/// How the clock stands to what is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is believed.
    Right,
    /// It is ahead of the believed time, and doubted.
    Ahead {
        /// By how much.
        by: Duration,
        /// How long until it is believed all the same.
        left: Duration,
        /// Whether the doubt is how long the machine was off; else the clock jumped within one boot.
        over_reboot: bool,
    },
    /// It is behind the newest time that an event may have.
    Behind {
        /// By how much.
        by: Duration,
    },
}

/// What is known of the clock at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockState {
    /// What the clock shows.
    pub shown: Timestamp,
    /// What is believed.
    pub believed: Timestamp,
    /// The time of the next event, which never goes back.
    pub newest: Timestamp,
    /// How the clock stands to that.
    pub standing: Standing,
}

impl ClockState {
    /// Returns the time by which credentials expire, which must not live longer because the clock is doubted: where
    /// nothing tells how long the machine was off, it may have been as long as the clock shows.
    pub fn latest(&self) -> Timestamp {
        match self.standing {
            Standing::Ahead { over_reboot: true, .. } => self.shown,
            _ => self.believed,
        }
    }

    /// Says in sentences what is wrong with the clock; none if nothing is.
    pub fn problem(&self) -> Option<String> {
        match self.standing {
            Standing::Right => None,
            Standing::Ahead { by, left, over_reboot } => {
                let by = format_roughly(by);
                let of = if over_reboot {
                    "the last time kept before the reboot, and more than 7 days off are not believed"
                } else {
                    "the time that really passed"
                };
                let (left, believed) = (format_roughly(left), self.believed);
                Some(format!(
                    "The clock is {by} ahead of {of}. For {left} more, events and expiry use {believed}, which goes on as time passes."
                ))
            }
            Standing::Behind { by } => Some(format!(
                "The clock is {} behind {}, the newest time in the ledger. Until it has caught up, new events get that time.",
                format_roughly(by),
                self.newest
            )),
        }
    }

    /// Says what to do about it.
    pub fn way_out(&self) -> &'static str {
        match self.standing {
            Standing::Right => "",
            Standing::Ahead { .. } => "Set the clock, or run mainstay clock confirm if it is right.",
            Standing::Behind { .. } => "Set the clock and turn on a time service.",
        }
    }
}

/// Follows a clock.
#[derive(Clone, Debug)]
pub struct BelievedTime {
    now: KeptClock,
    shown: Timestamp,
    kept: Option<KeptClock>,
}

impl BelievedTime {
    /// Goes on from what was kept, behind the newest event. A ledger that never kept anything goes on from its newest
    /// event; a new one believes the clock.
    pub fn new(newest: Timestamp, kept: Option<KeptClock>) -> Self {
        let unknown = KeptClock {
            boot: Boot(0),
            passed: Duration::ZERO,
            due: newest,
            newest,
            steps: Duration::ZERO,
            settled: false,
            doubt: None,
            bridge: None,
        };
        let now = kept.unwrap_or(unknown);
        let now = KeptClock { newest: now.newest.max(newest), due: now.due.max(newest), ..now };
        Self { now, shown: now.due, kept }
    }

    /// Notes what the clock shows.
    pub fn note(&mut self, reading: Reading) {
        let Reading { shown, passed, boot } = reading;
        let now = &mut self.now;
        let is_new = now.due == Timestamp::default();
        let is_same_boot = boot == now.boot && passed >= now.passed;
        let since = if is_same_boot { passed.saturating_sub(now.passed) } else { Duration::ZERO };
        if !is_same_boot {
            (now.settled, now.steps) = (false, Duration::ZERO);
        }
        (now.boot, now.passed, self.shown) = (boot, passed, shown);
        now.due = now.due.saturating_add(since);
        now.steps = now.steps.saturating_sub(since / STEPS_FORGOTTEN);
        let gained = shown.duration_since(now.due);
        let allowed = match (now.settled, now.doubt) {
            (true, _) => JUMP_MIN.saturating_sub(now.steps),
            // A clock that was ahead before the reboot and was not set since is at least as much ahead.
            (false, Some(doubt)) => OFF_MAX.min(doubt.ahead.saturating_sub(Duration::from_micros(1))),
            (false, None) => OFF_MAX,
        };
        if gained <= allowed || is_new {
            self.follow(gained);
        } else {
            let further = if is_same_boot { JUMP_MIN } else { OFF_MAX };
            self.doubt(gained, since, further);
        }
        self.now.newest = self.now.newest.max(self.believed());
    }

    /// Believes a clock that is a little ahead, or behind.
    fn follow(&mut self, gained: Duration) {
        let now = &mut self.now;
        now.doubt = None;
        if self.shown >= now.due {
            now.steps = if now.settled { now.steps + gained } else { Duration::ZERO };
            (now.due, now.settled) = (self.shown, true);
        }
    }

    /// Doubts a clock, or ends the doubt for its age. A clock that goes much further ahead is doubted anew.
    fn doubt(&mut self, gained: Duration, since: Duration, further: Duration) {
        let lasting = self.now.doubt.filter(|doubt| gained <= doubt.ahead.saturating_add(further));
        let doubt = match lasting {
            Some(doubt) => Doubt { lasted: doubt.lasted + since, ..doubt },
            None => Doubt { ahead: gained, lasted: Duration::ZERO },
        };
        self.now.doubt = Some(doubt);
        if doubt.lasted >= DOUBTED_FOR {
            self.believe_shown();
        }
    }

    /// Believes what the clock shows, as an operator confirmed.
    pub fn confirm(&mut self, reading: Reading) {
        self.note(reading);
        self.believe_shown();
        self.now.newest = self.now.newest.max(self.shown);
    }

    fn believe_shown(&mut self) {
        let shown = self.shown;
        if let Some(doubt) = self.now.doubt {
            let KeptClock { due, bridge, .. } = self.now;
            let (from, ahead) = (due.saturating_sub(doubt.lasted), shown.duration_since(due));
            // Two of them become one, which forgets nothing too early.
            let before = bridge.unwrap_or(Bridge { from, to: due, ahead });
            let bridge = Bridge { from: before.from.min(from), to: due, ahead: before.ahead.max(ahead) };
            self.now.bridge = Some(bridge);
        }
        self.now = KeptClock { due: shown, settled: true, steps: Duration::ZERO, doubt: None, ..self.now };
    }

    fn believed(&self) -> Timestamp {
        if self.now.doubt.is_some() { self.now.due } else { self.shown }
    }

    /// Returns the present, for decisions on what has expired.
    pub fn present(&self) -> Present {
        Present { newest: self.now.newest, bridge: self.now.bridge }
    }

    /// Returns what is known at the last reading.
    pub fn state(&self) -> ClockState {
        let KeptClock { due, newest, settled, doubt, .. } = self.now;
        let behind = newest.duration_since(self.shown);
        let standing = match doubt {
            Some(doubt) => Standing::Ahead {
                by: self.shown.duration_since(due),
                left: DOUBTED_FOR.saturating_sub(doubt.lasted),
                over_reboot: !settled,
            },
            None if behind > BACK_MIN => Standing::Behind { by: behind },
            None => Standing::Right,
        };
        ClockState { shown: self.shown, believed: self.believed(), newest, standing }
    }

    /// Returns what is to be kept, as it is now.
    pub fn keep(&mut self) -> KeptClock {
        self.kept = Some(self.now);
        self.now
    }

    /// Returns what is to be kept if that was long ago, or much has changed since.
    pub fn keep_if_due(&mut self) -> Option<KeptClock> {
        let ahead = |of: &KeptClock| of.doubt.map(|doubt| doubt.ahead);
        let is_kept = self.kept.is_some_and(|kept| {
            let same = kept.boot == self.now.boot && kept.settled == self.now.settled;
            let since = self.now.passed.checked_sub(kept.passed);
            same && ahead(&kept) == ahead(&self.now) && since.is_some_and(|since| since < KEPT_EVERY)
        });
        (!is_kept).then(|| self.keep())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

        fn standing(&self) -> Standing {
            self.time.state().standing
        }

        fn is_doubted(&self) -> bool {
            matches!(self.standing(), Standing::Ahead { .. })
        }
    }

    #[test]
    fn after_a_jump_time_goes_on_as_it_passes_for_a_day() {
        let mut world = World::new();
        world.pass(MINUTE).jump(40 * DAY);
        assert_eq!((world.believed(), world.time.state().newest), (after(MINUTE), after(MINUTE)));
        world.pass(DAY - MINUTE);
        assert_eq!(world.believed(), after(DAY));
        let (by, left) = (40 * DAY, MINUTE);
        assert_eq!(world.standing(), Standing::Ahead { by, left, over_reboot: false });
        world.pass(MINUTE);
        assert_eq!((world.standing(), world.believed()), (Standing::Right, after(41 * DAY + MINUTE)));
    }

    #[test]
    fn a_clock_400_days_ahead_at_start_is_doubted_and_right_once_it_is_set() {
        let mut world = World::new();
        world.restart(DAY / 2, 400 * DAY);
        assert_eq!((world.is_doubted(), world.believed()), (true, after(DAY / 2)));
        world.pass(MINUTE);
        assert_eq!(world.time.state().newest, after(DAY / 2 + MINUTE), "the ledger is not poisoned");
        world.show(after(DAY / 2 + MINUTE));
        assert_eq!((world.standing(), world.believed()), (Standing::Right, after(DAY / 2 + MINUTE)));
        let mut world = World::new();
        world.restart(90 * DAY, Duration::ZERO);
        assert_eq!(
            (world.standing(), world.believed()),
            (Standing::Right, after(90 * DAY)),
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
        assert_eq!((world.standing(), world.believed()), (Standing::Right, after(3 * DAY)));
        world.reboot(30 * DAY);
        let (by, left) = (30 * DAY, DAY);
        assert_eq!(world.standing(), Standing::Ahead { by, left, over_reboot: true });
        assert_eq!((world.believed(), world.time.state().latest()), (after(3 * DAY), after(33 * DAY)));
        world.pass(MINUTE).reboot(MINUTE).pass(MINUTE);
        assert_eq!((world.is_doubted(), world.believed()), (true, after(3 * DAY + 2 * MINUTE)));
        world.show(after(5 * DAY));
        assert_eq!((world.standing(), world.believed()), (Standing::Right, after(5 * DAY)), "it was set");
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
        assert!(matches!(world.standing(), Standing::Behind { .. }));
        assert_eq!(world.time.state().newest, start());
        world.show(after(2 * DAY));
        assert_eq!((world.standing(), world.believed()), (Standing::Right, after(2 * DAY)));
    }

    #[test]
    fn a_clock_set_back_is_followed_while_events_wait_and_no_jump_when_right_again() {
        let mut world = World::new();
        world.pass(DAY).show(start());
        let state = world.time.state();
        assert_eq!((state.believed, state.newest), (start(), after(DAY)));
        assert_eq!(state.standing, Standing::Behind { by: DAY });
        world.pass(MINUTE).show(after(DAY + MINUTE));
        assert_eq!((world.standing(), world.believed()), (Standing::Right, after(DAY + MINUTE)));
        world.restart(MINUTE, Duration::ZERO).show(after(DAY));
        assert_eq!(world.standing(), Standing::Behind { by: 2 * MINUTE }, "behind what was kept");
    }

    #[test]
    fn a_confirmed_clock_is_believed_at_once_and_stays_so() {
        let mut world = World::new();
        world.jump(400 * DAY);
        world.time.confirm(world.reading);
        assert_eq!((world.standing(), world.believed()), (Standing::Right, after(400 * DAY)));
        world.restart(MINUTE, Duration::ZERO).reboot(MINUTE);
        assert_eq!((world.standing(), world.believed()), (Standing::Right, after(400 * DAY + 2 * MINUTE)));
        world.jump(DAY);
        assert!(world.is_doubted(), "the next jump is doubted again");
    }

    #[test]
    fn what_came_while_the_clock_was_doubted_is_no_older_when_it_is_believed() {
        let mut world = World::new();
        world.pass(MINUTE).jump(400 * DAY).pass(DAY - MINUTE);
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
        assert_eq!((world.standing(), world.believed()), (Standing::Right, after(MINUTE + JUMP_MIN)));
        world.pass(DAY).jump(JUMP_MIN);
        assert_eq!(world.standing(), Standing::Right, "small steps are forgotten within a day");
        world.jump(40 * DAY).pass(DAY / 2).jump(DAY).pass(DAY - MINUTE);
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
                prop_assert!(state.newest >= before.newest && state.newest >= state.believed);
                prop_assert!(state.believed <= state.shown);
                // A jump alone makes nothing older.
                prop_assert!(state.believed <= due.saturating_add(JUMP_MIN));
                due = due.max(state.believed);
            }
        }
    }
}
