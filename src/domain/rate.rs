//! How often: a number of requests in a window of time, counted for each client from its first request on.

use crate::domain::time::{Timestamp, format_duration, parse_duration};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// So many requests in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Quota {
    /// Requests in a window.
    pub max: u32,
    /// The window's length.
    pub window: Duration,
}

/// Most requests in a window: more than an appliance answers in a day.
pub const QUOTA_MAX: u32 = 1_000_000_000;

/// Longest window: a day.
pub const WINDOW_MAX: Duration = Duration::from_hours(24);

/// A text that is no quota.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no rate limit; hint: write requests and window such as 1000/1m, at most {QUOTA_MAX} in 1s to 1d"
)]
pub struct QuotaError(String);

impl Quota {
    /// Reads a quota such as `1000/1m`.
    pub fn parse(text: &str) -> Result<Self, QuotaError> {
        let refused = || QuotaError(text.chars().take(80).collect());
        let (max, window) = text.split_once('/').ok_or_else(refused)?;
        let max: u32 = max.trim().parse().map_err(|_error| refused())?;
        let window = parse_duration(window.trim()).map_err(|_error| refused())?;
        let valid = (1..=QUOTA_MAX).contains(&max) && (Duration::from_secs(1)..=WINDOW_MAX).contains(&window);
        if valid { Ok(Self { max, window }) } else { Err(refused()) }
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.max, format_duration(self.window))
    }
}

impl TryFrom<String> for Quota {
    type Error = QuotaError;

    fn try_from(text: String) -> Result<Self, QuotaError> {
        Self::parse(&text)
    }
}

impl From<Quota> for String {
    fn from(quota: Quota) -> Self {
        quota.to_string()
    }
}

/// What one client has used of its quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    began: Timestamp,
    count: u32,
}

/// What a client is told after a request was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether the request may go on.
    pub verdict: Verdict,
    /// Requests left in the window.
    pub remaining: u32,
    /// Time until the window ends.
    pub reset: Duration,
}

/// Whether a request may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Within,
    /// The quota is used up.
    Exceeded,
}

impl Usage {
    /// A window that begins now, with nothing used.
    pub fn begin(now: Timestamp) -> Self {
        Self { began: now, count: 0 }
    }

    /// Counts a request. A window that is over gives way to a new one that begins now; so does one that begins further
    /// ahead than a window is long, because the clock was set back.
    pub fn charge(&mut self, quota: &Quota, now: Timestamp) -> Standing {
        if self.is_over(quota, now) {
            *self = Self::begin(now);
        }
        let verdict = if self.count < quota.max { Verdict::Within } else { Verdict::Exceeded };
        self.count = self.count.saturating_add(1).min(quota.max.saturating_add(1));
        // Of two requests at once, the one that looked at the clock first may come second: nothing has passed then.
        let reset = quota.window.saturating_sub(now.duration_since(self.began));
        Standing { verdict, remaining: quota.max.saturating_sub(self.count), reset }
    }

    /// Takes one request back that turned out not to count.
    pub fn give_back(&mut self) {
        self.count = self.count.saturating_sub(1);
    }

    /// Tells whether nothing of this window counts any more.
    pub fn is_over(&self, quota: &Quota, now: Timestamp) -> bool {
        now.duration_since(self.began) >= quota.window || self.began.duration_since(now) > quota.window
    }

    /// Returns for how long requests beyond the quota are still refused; none while there is some left. A quota that is
    /// just used up has refused nobody yet.
    pub fn refuses_for(&self, quota: &Quota, now: Timestamp) -> Option<Duration> {
        let refuses = self.count > quota.max && !self.is_over(quota, now);
        refuses.then(|| quota.window.saturating_sub(now.duration_since(self.began)))
    }

    /// Returns how much would be forgotten with this usage.
    pub fn count(&self) -> u32 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const QUOTA: Quota = Quota { max: 3, window: Duration::from_mins(1) };

    fn at(second: u64) -> Timestamp {
        Timestamp::from_micros((1_000 + second) * 1_000_000)
    }

    fn charge(usage: &mut Usage, second: u64) -> (Verdict, u32, u64) {
        let standing = usage.charge(&QUOTA, at(second));
        (standing.verdict, standing.remaining, standing.reset.as_secs())
    }

    #[test]
    fn a_quota_is_read_as_it_is_written() {
        for text in ["1000/1m", "1/1s", "1000000000/1d"] {
            assert_eq!(Quota::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Quota::parse(" 5 / 60s ").unwrap().to_string(), "5/1m");
        for wrong in ["", "5", "0/1m", "5/0s", "5/25h", "-1/1m", "5/1m/1", "1000000001/1m", "5/500ms"] {
            assert!(Quota::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_quota_is_used_up_and_comes_back_with_the_next_window() {
        let mut usage = Usage::begin(at(0));
        assert_eq!(charge(&mut usage, 0), (Verdict::Within, 2, 60));
        assert_eq!(charge(&mut usage, 1), (Verdict::Within, 1, 59));
        assert_eq!(charge(&mut usage, 2), (Verdict::Within, 0, 58));
        assert_eq!(charge(&mut usage, 3), (Verdict::Exceeded, 0, 57));
        assert_eq!(charge(&mut usage, 59), (Verdict::Exceeded, 0, 1));
        assert_eq!(charge(&mut usage, 60), (Verdict::Within, 2, 60));
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out_and_a_late_thread_frees_nobody() {
        let mut usage = Usage::begin(at(100));
        for _ in 0..4 {
            charge(&mut usage, 100);
        }
        assert_eq!(charge(&mut usage, 99), (Verdict::Exceeded, 0, 60));
        assert_eq!(charge(&mut usage, 10), (Verdict::Within, 2, 60));
    }

    proptest! {
        #[test]
        fn any_text_is_a_quota_or_refused(text in ".*", max in 0_u32..9, window in "[0-9]{1,5}[smhd]") {
            for text in [text, format!("{max}/{window}")] {
                if let Ok(quota) = Quota::parse(&text) {
                    prop_assert_eq!(Quota::parse(&quota.to_string()), Ok(quota));
                }
            }
        }

        #[test]
        fn no_window_lets_more_than_its_quota_pass(
            max in 1_u32..20,
            window in 1_u64..100,
            pauses in proptest::collection::vec(0_u64..30, 1..300),
        ) {
            let quota = Quota { max, window: Duration::from_secs(window) };
            let mut usage = Usage::begin(at(0));
            let (mut now, mut begins, mut passed) = (0, 0, 0);
            for pause in pauses {
                now += pause;
                if now - begins >= window {
                    (begins, passed) = (now, 0);
                }
                let standing = usage.charge(&quota, at(now));
                passed += u32::from(standing.verdict == Verdict::Within);
                prop_assert!(passed <= max);
                prop_assert_eq!(standing.verdict == Verdict::Exceeded && passed < max, false);
                prop_assert_eq!(standing.remaining, max - passed);
                prop_assert_eq!(standing.reset.as_secs(), begins + window - now);
            }
        }
    }
}
