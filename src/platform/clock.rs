//! The one place that reads the clock.

use crate::domain::retention_clock::Reading;
use crate::domain::time::Timestamp;
use std::fmt::Debug;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Tells the time of day.
pub trait Clock: Send + Sync + Debug + 'static {
    /// Returns the present instant.
    fn now(&self) -> Timestamp;

    /// Returns the present instant together with the time that passed since the clock was first read: the one may be set
    /// by people and programs, the other never jumps.
    fn read(&self) -> Reading;
}

/// Where the machine's passing time is counted from.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::from_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }

    fn read(&self) -> Reading {
        Reading { shown: self.now(), passed: BEGAN.elapsed() }
    }
}

/// A clock that moves only when told, for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<Reading>);

impl ManualClock {
    /// Makes a clock that stands at the given instant.
    pub fn new(start: Timestamp) -> Self {
        Self(Mutex::new(Reading { shown: start, passed: Duration::ZERO }))
    }

    /// Lets time pass.
    pub fn advance(&self, duration: Duration) {
        self.change(|reading| {
            reading.shown = reading.shown.saturating_add(duration);
            reading.passed = reading.passed.saturating_add(duration);
        });
    }

    /// Puts the clock anywhere, also back, while no time passes.
    pub fn set(&self, instant: Timestamp) {
        self.change(|reading| reading.shown = instant);
    }

    fn change(&self, change: impl FnOnce(&mut Reading)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.read().shown
    }

    fn read(&self) -> Reading {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
