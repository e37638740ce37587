//! What is kept of a minute or an hour of the appliance, for charts and for its availability.

use crate::domain::latency::Latencies;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a stretch of time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Length {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

impl Length {
    /// Returns its seconds.
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
        }
    }
}

/// A stretch of time: which one of its length since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    /// How long it is.
    pub length: Length,
    /// Its number since 1970.
    pub number: u32,
}

impl Stretch {
    /// Returns the stretch of a length that an instant is in.
    pub fn of(length: Length, at: Timestamp) -> Self {
        let number = at.as_seconds() / u64::from(length.seconds());
        Self { length, number: u32::try_from(number).unwrap_or(u32::MAX) }
    }

    /// Returns its first instant.
    pub fn begin(self) -> Timestamp {
        let seconds = u64::from(self.number) * u64::from(self.length.seconds());
        Timestamp::from_micros(seconds * 1_000_000)
    }

    /// Returns the stretch so many before.
    #[must_use]
    pub fn before(self, count: u32) -> Self {
        Self { number: self.number.saturating_sub(count), ..self }
    }

    /// Returns the hour that it is in.
    #[must_use]
    pub fn hour(self) -> Self {
        Self::of(Length::Hour, self.begin())
    }
}

/// Counts of several kinds of things.
pub trait Counts: Sized {
    /// Returns the counts that each pair of counts makes.
    #[must_use]
    fn each(self, other: Self, of: impl Fn(u64, u64) -> u64) -> Self;

    /// Returns both together.
    #[must_use]
    fn and(self, other: Self) -> Self {
        self.each(other, u64::saturating_add)
    }

    /// Returns what is more than before.
    #[must_use]
    fn since(self, before: Self) -> Self {
        self.each(before, u64::saturating_sub)
    }
}

/// Requests by how they were answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answered {
    /// 2xx.
    pub success: u64,
    /// 3xx.
    pub redirected: u64,
    /// 4xx but for 429.
    pub refused: u64,
    /// 429.
    pub limited: u64,
    /// 5xx.
    pub failed: u64,
}

impl Answered {
    /// Returns all of them.
    pub fn total(self) -> u64 {
        self.success + self.redirected + self.refused + self.limited + self.failed
    }
}

impl Counts for Answered {
    fn each(self, other: Self, of: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            success: of(self.success, other.success),
            redirected: of(self.redirected, other.redirected),
            refused: of(self.refused, other.refused),
            limited: of(self.limited, other.limited),
            failed: of(self.failed, other.failed),
        }
    }
}

/// Events by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Taken {
    /// Stored.
    pub stored: u64,
    /// There already.
    pub repeated: u64,
    /// Not acceptable.
    pub refused: u64,
}

impl Counts for Taken {
    fn each(self, other: Self, of: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            stored: of(self.stored, other.stored),
            repeated: of(self.repeated, other.repeated),
            refused: of(self.refused, other.refused),
        }
    }
}

/// What is kept of a stretch of time. Counts are exact; what was measured is the highest (connections, memory) or the
/// last (free space) that was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sample {
    /// Requests.
    pub answered: Answered,
    /// Events.
    pub taken: Taken,
    /// How long requests took.
    pub latencies: Latencies,
    /// Connections.
    pub connections: u64,
    /// Processor time used, in milliseconds.
    pub cpu_ms: u64,
    /// Time that was watched, in milliseconds.
    pub watched_ms: u64,
    /// Resident memory in bytes.
    pub resident_bytes: u64,
    /// Free bytes on the disk; none while nobody has looked.
    pub disk_free_bytes: Option<u64>,
    /// Looks at whether traffic may come that found it so.
    pub ready: u32,
    /// Looks that did not.
    pub unready: u32,
    /// Minutes in which every look found it so: one at most in a minute, sixty in an hour.
    pub minutes_up: u32,
}

impl Sample {
    /// Adds what came later in the same stretch. `minutes_up` is left as it is: whoever knows the minutes counts it.
    pub fn merge(&mut self, later: &Self) {
        self.answered = self.answered.and(later.answered);
        self.taken = self.taken.and(later.taken);
        self.latencies.merge(&later.latencies);
        self.connections = self.connections.max(later.connections);
        self.cpu_ms = self.cpu_ms.saturating_add(later.cpu_ms);
        self.watched_ms = self.watched_ms.saturating_add(later.watched_ms);
        self.resident_bytes = self.resident_bytes.max(later.resident_bytes);
        self.disk_free_bytes = later.disk_free_bytes.or(self.disk_free_bytes);
        self.ready = self.ready.saturating_add(later.ready);
        self.unready = self.unready.saturating_add(later.unready);
    }

    /// Tells whether every look at it, and at least one, found that traffic may come.
    pub fn was_up(&self) -> bool {
        self.ready > 0 && self.unready == 0
    }

    /// Returns the part of one processor that was used; more than 1 if several were. None while nothing was watched.
    pub fn cpu_share(&self) -> Option<f64> {
        (self.watched_ms > 0).then(|| float(self.cpu_ms) / float(self.watched_ms))
    }

    /// Returns the part of all requests that failed for the appliance's own reasons; none without requests.
    pub fn error_share(&self) -> Option<f64> {
        let total = self.answered.total();
        (total > 0).then(|| float(self.answered.failed) / float(total))
    }
}

/// The objective for availability: the part of all minutes that may not be down.
pub const OBJECTIVE: f64 = 0.999;

/// How many days availability is counted over.
pub const AVAILABILITY_DAYS: u32 = 30;

/// How available the appliance was, by whole minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    /// Minutes from the first start, or from thirty days ago, to now.
    pub minutes: u32,
    /// Those in which every look found that traffic may come.
    pub up: u32,
}

impl Availability {
    /// Returns the minutes that count as down.
    pub fn down(self) -> u32 {
        self.minutes.saturating_sub(self.up)
    }

    /// Returns the part that was up; none before the first minute has passed.
    pub fn share(self) -> Option<f64> {
        (self.minutes > 0).then(|| f64::from(self.up.min(self.minutes)) / f64::from(self.minutes))
    }

    /// Returns the minutes that may be down in thirty days under the objective.
    pub fn budget() -> f64 {
        f64::from(AVAILABILITY_DAYS * 24 * 60) * (1.0 - OBJECTIVE)
    }

    /// Returns the part of that budget that is left: negative when more was down.
    pub fn budget_left(self) -> f64 {
        1.0 - f64::from(self.down()) / Self::budget()
    }
}

/// Returns how long it takes until nothing is free any more, if it goes on as it did; none while it does not get less,
/// or what is known reaches back less than six hours. The slope is that of the straight line nearest to all points.
pub fn time_until_full(points: &[(Timestamp, u64)]) -> Option<Duration> {
    let (first, last) = (points.first()?, points.last()?);
    if last.0.duration_since(first.0) < SLOPE_TIME_MIN || points.len() < SLOPE_POINTS_MIN {
        return None;
    }
    let count = float(points.len() as u64);
    let x = |at: &Timestamp| at.duration_since(first.0).as_secs_f64();
    let mean_x = points.iter().map(|(at, _)| x(at)).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, free)| float(*free)).sum::<f64>() / count;
    let spread: f64 = points.iter().map(|(at, _)| (x(at) - mean_x).powi(2)).sum();
    let together: f64 = points.iter().map(|(at, free)| (x(at) - mean_x) * (float(*free) - mean_y)).sum();
    let slope = together / spread;
    let left = float(last.1) / -slope;
    (slope < 0.0 && left.is_finite() && left < SECONDS_TOLD_MAX).then(|| Duration::from_secs_f64(left))
}

/// Less time than this shows no direction.
const SLOPE_TIME_MIN: Duration = Duration::from_hours(6);

/// Fewer points than this show none either.
const SLOPE_POINTS_MIN: usize = 3;

/// A hundred years: beyond, it is as if nothing were used.
const SECONDS_TOLD_MAX: f64 = 3.2e9;

#[expect(clippy::cast_precision_loss, reason = "what is shown has a few digits")]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_has_a_begin_and_an_hour() {
        let at = Timestamp::parse("2026-03-01T12:34:56Z").unwrap();
        let minute = Stretch::of(Length::Minute, at);
        assert_eq!(minute.begin().to_string(), "2026-03-01T12:34:00.000000Z");
        assert_eq!(minute.hour().begin().to_string(), "2026-03-01T12:00:00.000000Z");
        assert_eq!(minute.before(u32::MAX).number, 0);
    }

    #[test]
    fn what_is_put_together_adds_counts_and_keeps_what_was_highest_or_last() {
        let mut one = Sample { connections: 9, disk_free_bytes: Some(10), ready: 1, ..Sample::default() };
        one.answered.success = 3;
        let mut later = Sample { connections: 4, disk_free_bytes: Some(7), unready: 1, ..Sample::default() };
        later.answered.failed = 1;
        assert!(one.was_up() && !later.was_up() && !Sample::default().was_up());
        one.merge(&later);
        assert_eq!((one.answered.total(), one.connections, one.disk_free_bytes), (4, 9, Some(7)));
        assert!(!one.was_up() && one.error_share() == Some(0.25) && one.cpu_share().is_none());
        one.merge(&Sample::default());
        assert_eq!(one.disk_free_bytes, Some(7));
    }

    #[test]
    fn the_budget_is_what_thirty_days_may_be_down() {
        assert!((Availability::budget() - 43.2).abs() < 1e-9);
        let half = Availability { minutes: 10_000, up: 9_979 };
        assert!((half.budget_left() - (1.0 - 21.0 / 43.2)).abs() < 1e-9);
        assert!(Availability { minutes: 100, up: 0 }.budget_left() < 0.0);
        assert_eq!(Availability::default().share(), None);
    }

    #[test]
    fn the_disk_is_full_when_the_line_through_what_was_free_meets_nothing() {
        let hour = |number: u64| Timestamp::from_micros(number * 3_600_000_000);
        let falling: Vec<_> = (0..100).map(|at| (hour(at), 10_000 - at * 50)).collect();
        let left = time_until_full(&falling).unwrap();
        assert_eq!(left.as_secs().div_ceil(3_600), 101);
        let rising: Vec<_> = (0..100).map(|at| (hour(at), 10_000 + at)).collect();
        let still: Vec<_> = (0..100).map(|at| (hour(at), 10_000)).collect();
        assert_eq!(
            (time_until_full(&rising), time_until_full(&still), time_until_full(&[])),
            (None, None, None)
        );
        assert_eq!(time_until_full(&falling[..5]), None, "too short");
        assert_eq!(time_until_full(&[(hour(3), 5), (hour(3), 4), (hour(2), 1)]), None, "back in time");
    }
}
