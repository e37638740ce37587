//! What a tenant used on one day.

use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Seconds of a day.
const DAY_SECONDS: u64 = 86_400;

/// A day of UTC, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub u32);

impl Day {
    /// Returns the day of an instant.
    pub fn of(at: Timestamp) -> Self {
        Self(u32::try_from(at.as_seconds() / DAY_SECONDS).unwrap_or(u32::MAX))
    }

    /// Returns the day's first instant.
    pub fn begin(self) -> Timestamp {
        Timestamp::from_micros(u64::from(self.0) * DAY_SECONDS * 1_000_000)
    }

    /// Returns the day so many days before.
    #[must_use]
    pub fn before(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.begin().to_string();
        f.write_str(text.split('T').next().unwrap_or_default())
    }
}

/// What a tenant used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Events stored.
    pub events: u64,
    /// Events refused as repeats of stored ones.
    pub repeats: u64,
    /// Bytes of the payloads stored.
    pub bytes: u64,
    /// Microseconds its requests took to be answered.
    pub micros: u64,
}

impl Totals {
    /// Tells whether nothing was used.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Returns both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            repeats: self.repeats + other.repeats,
            bytes: self.bytes + other.bytes,
            micros: self.micros + other.micros,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_its_date_and_begins_at_midnight() {
        let day = Day::of(Timestamp::parse("2026-03-01T23:59:59Z").unwrap());
        assert_eq!(
            (day.to_string().as_str(), day.begin().to_string().as_str()),
            ("2026-03-01", "2026-03-01T00:00:00.000000Z")
        );
        assert_eq!(day.before(1).to_string(), "2026-02-28");
    }
}
