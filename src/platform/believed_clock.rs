//! The machine's clock, as far as it is believed.

use crate::domain::believed_time::{BelievedTime, ClockStanding, ClockState, KeptClock, Present, Reading};
use crate::domain::time::Timestamp;
use crate::platform::clock::Clock;
use crate::platform::locks::lock;
use std::sync::{Arc, Mutex};

/// A clock that shows the believed time.
#[derive(Debug)]
pub struct BelievedClock {
    machine: Arc<dyn Clock>,
    /// Taken for moments, at every look at the clock.
    time: Mutex<BelievedTime>,
}

impl BelievedClock {
    /// Follows the machine's clock.
    pub fn new(machine: Arc<dyn Clock>, time: BelievedTime) -> Self {
        Self { machine, time: Mutex::new(time) }
    }

    /// Looks at the clock; tells how it stands to what is believed.
    pub fn state(&self) -> ClockState {
        self.with(|_time| ()).1
    }

    /// Tells whether the clock is ahead of what is believed: nothing is to be dropped for its age.
    pub fn is_doubted(&self) -> bool {
        matches!(self.state().standing, ClockStanding::Ahead { .. })
    }

    /// Looks at the clock; returns the present, for decisions on what has expired.
    pub fn present(&self) -> Present {
        self.with(|time| time.present()).0
    }

    /// Believes what the clock shows now; returns what was known before.
    pub fn confirm(&self) -> ClockState {
        let mut time = lock(&self.time);
        let reading = self.machine.read();
        time.note(reading);
        let before = time.state();
        time.confirm(reading);
        before
    }

    /// Returns what is to be kept of the clock, if that is due.
    pub fn keep_if_due(&self) -> Option<KeptClock> {
        self.with(BelievedTime::keep_if_due).0
    }

    /// Returns what is to be kept of the clock, at the end.
    pub fn keep(&self) -> KeptClock {
        self.with(BelievedTime::keep).0
    }

    fn with<T>(&self, act: impl FnOnce(&mut BelievedTime) -> T) -> (T, ClockState) {
        let mut time = lock(&self.time);
        // Read within the lock: readings must come in order.
        time.note(self.machine.read());
        (act(&mut time), time.state())
    }
}

impl Clock for BelievedClock {
    fn now(&self) -> Timestamp {
        self.state().believed
    }

    fn read(&self) -> Reading {
        let reading = self.machine.read();
        Reading { shown: self.now(), ..reading }
    }
}

/// A clock by which credentials expire: they must not live longer because the clock is doubted.
#[derive(Debug)]
pub struct CredentialClock(pub Arc<BelievedClock>);

impl Clock for CredentialClock {
    fn now(&self) -> Timestamp {
        self.0.state().latest()
    }

    fn read(&self) -> Reading {
        Reading { shown: self.now(), ..self.0.read() }
    }
}
