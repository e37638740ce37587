//! The one place that reads the clock.

use crate::domain::believed_time::{Boot, Reading};
use crate::domain::time::Timestamp;
use crate::platform::locks::lock;
use rustix::time::{ClockId, clock_gettime};
use std::fmt::Debug;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, SystemTime};

/// Tells the time of day.
pub trait Clock: Send + Sync + Debug + 'static {
    /// Returns the present instant.
    fn now(&self) -> Timestamp;

    /// Returns the present instant together with the time that passed since the machine's boot, sleep included: the one
    /// may be set by people and programs, the other never jumps.
    fn read(&self) -> Reading;
}

/// The machine's present boot. A kernel that does not name it counts as booted anew at every start of the program.
static BOOT: LazyLock<Boot> = LazyLock::new(|| {
    let name = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let digits: String = name.chars().filter(char::is_ascii_hexdigit).take(16).collect();
    Boot(u64::from_str_radix(&digits, 16).unwrap_or_else(|_unnamed| SystemClock.now().as_micros()))
});

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::from_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }

    fn read(&self) -> Reading {
        let passed = clock_gettime(ClockId::Boottime);
        let passed = Duration::try_from(passed).unwrap_or(Duration::ZERO);
        Reading { shown: self.now(), passed, boot: *BOOT }
    }
}

/// A clock that moves only when told, for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<Reading>);

impl ManualClock {
    /// Makes a clock that stands at the given instant.
    pub fn new(start: Timestamp) -> Self {
        Self(Mutex::new(Reading { shown: start, passed: Duration::ZERO, boot: Boot(1) }))
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

    /// Boots the machine anew: passing time begins again, and the clock goes on.
    pub fn reboot(&self) {
        self.change(|reading| {
            reading.boot.0 += 1;
            reading.passed = Duration::ZERO;
        });
    }

    fn change(&self, change: impl FnOnce(&mut Reading)) {
        change(&mut lock(&self.0));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.read().shown
    }

    fn read(&self) -> Reading {
        *lock(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_names_its_boot_and_counts_from_it() {
        let (first, second) = (SystemClock.read(), SystemClock.read());
        assert!(first.boot == second.boot && first.boot != Boot::default());
        assert!(first.passed > Duration::ZERO && second.passed >= first.passed);
    }
}
