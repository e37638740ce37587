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
    #[serde(rename = "ahead_us", with = "members::micros")]
    ahead: Duration,
    /// How long it has lasted.
    #[serde(rename = "for_us", with = "members::micros")]
    lasted: Duration,
}

/// Times that were given while the clock was doubted that was believed in the end: by it, all of them are as much older
/// as the clock was ahead, which they are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bridge {
    from: Timestamp,
    to: Timestamp,
    #[serde(rename = "ahead_us", with = "members::micros")]
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
    #[serde(rename = "passed_us", with = "members::micros")]
    passed: Duration,
    /// The time that was due then: the latest believed time, and what really passed since.
    due: Timestamp,
    /// The newest time an event may have had.
    newest: Timestamp,
    /// What small steps ahead came to, less what is forgotten of them.
    #[serde(rename = "steps_us", with = "members::micros")]
    steps: Duration,
    /// Whether the clock was believed since the machine's boot: from then on passed time tells all.
    settled: bool,
    doubt: Option<Doubt>,
    /// The last doubt that ended with the clock believed.
    bridge: Option<Bridge>,
}

/// How the clock stands to what is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockStanding {
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
    pub standing: ClockStanding,
}

impl ClockState {
    /// Returns the time by which credentials expire, which must not live longer because the clock is doubted: where
    /// nothing tells how long the machine was off, it may have been as long as the clock shows.
    pub fn latest(&self) -> Timestamp {
        match self.standing {
            ClockStanding::Ahead { over_reboot: true, .. } => self.shown,
            _ => self.believed,
        }
    }

    /// Says in sentences what is wrong with the clock; none if nothing is.
    pub fn problem(&self) -> Option<String> {
        match self.standing {
            ClockStanding::Right => None,
            ClockStanding::Ahead { by, left, over_reboot } => {
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
            ClockStanding::Behind { by } => Some(format!(
                "The clock is {} behind {}, the newest time in the ledger. Until it has caught up, new events get that time.",
                format_roughly(by),
                self.newest
            )),
        }
    }

    /// Says what to do about it.
    pub fn way_out(&self) -> &'static str {
        match self.standing {
            ClockStanding::Right => "",
            ClockStanding::Ahead { .. } => "Set the clock, or run mainstay clock confirm if it is right.",
            ClockStanding::Behind { .. } => "Set the clock and turn on a time service.",
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
        // No event has a later time than the newest: a clock that was set back since need not wait for longer.
        let now = KeptClock { newest, due: now.due.max(newest), ..now };
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
            Some(doubt) => ClockStanding::Ahead {
                by: self.shown.duration_since(due),
                left: DOUBTED_FOR.saturating_sub(doubt.lasted),
                over_reboot: !settled,
            },
            None if behind > BACK_MIN => ClockStanding::Behind { by: behind },
            None => ClockStanding::Right,
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
