//! When to try again: decorrelated jitter, and what `Retry-After` asks for (RFC 9110, section 10.2.3).

use crate::domain::time::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::time::Duration;

/// The three forms of an HTTP date that a recipient must understand (RFC 9110, section 5.6.7).
const HTTP_DATES: [&str; 3] =
    ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// Longest `Retry-After` that is read; whoever names a longer one means "not today" all the same.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);

/// Pauses between attempts: `min(cap, uniform(base, 3 × previous))`. Each grows from the one before and not from a
/// count, so that many that failed together do not come back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The shortest pause, and what the first one grows from.
    pub base: Duration,
    /// The longest pause.
    pub cap: Duration,
}

impl Backoff {
    /// Returns the pause after one of `previous` (zero before the first), chosen by 64 random bits.
    pub fn pause(&self, previous: Duration, random: u64) -> Duration {
        let least = self.base.min(self.cap);
        let most = previous.max(self.base).saturating_mul(3).min(Duration::from_secs(u64::from(u32::MAX)));
        let span = most.saturating_sub(least).as_nanos();
        // At most 2^62 nanoseconds times 64 random bits: no overflow in 128 bits.
        let share = (span * u128::from(random)) >> 64;
        let grown = Duration::from_nanos(u64::try_from(share).unwrap_or(u64::MAX));
        least.saturating_add(grown).min(self.cap)
    }
}

/// Reads a `Retry-After`: seconds, or a date of which the time from `now` is returned, zero if it is past. At most a day;
/// nothing if it is neither.
pub fn parse_retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim_ascii();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(RETRY_AFTER_MAX, Duration::from_secs).min(RETRY_AFTER_MAX));
    }
    let date = HTTP_DATES.iter().find_map(|form| DateTime::strptime(form, text).ok())?;
    let date = date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond();
    let date = Timestamp::from_micros(u64::try_from(date).unwrap_or(0));
    Some(date.duration_since(now).min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_three_forms_of_a_date_are_read() {
        let now = Timestamp::parse("1994-11-06T08:49:00Z").unwrap();
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(parse_retry_after(text, now), Some(Duration::from_secs(37)), "{text}");
        }
        let later = Timestamp::parse("1994-11-06T09:00:00Z").unwrap();
        assert_eq!(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", later), Some(Duration::ZERO));
    }

    #[test]
    fn seconds_are_read_and_bounded() {
        let now = Timestamp::from_micros(0);
        assert_eq!(parse_retry_after(" 5 ", now), Some(Duration::from_secs(5)));
        assert_eq!(parse_retry_after("99999999999999999999999", now), Some(RETRY_AFTER_MAX));
        for nonsense in ["", "-1", "1.5", "soon", "5s"] {
            assert_eq!(parse_retry_after(nonsense, now), None, "{nonsense}");
        }
    }

    #[test]
    fn the_first_pause_lies_between_the_base_and_three_times_it() {
        let backoff = Backoff { base: Duration::from_millis(200), cap: Duration::from_secs(30) };
        assert_eq!(backoff.pause(Duration::ZERO, 0), Duration::from_millis(200));
        assert!(backoff.pause(Duration::ZERO, u64::MAX) > Duration::from_millis(599));
    }

    fn durations() -> impl Strategy<Value = Duration> {
        any::<u64>().prop_map(Duration::from_nanos)
    }

    proptest! {
        #[test]
        fn pauses_keep_their_bounds(base in durations(), cap in durations(), previous in durations(), random: u64) {
            let pause = Backoff { base, cap }.pause(previous, random);
            prop_assert!(pause >= base.min(cap) && pause <= cap);
            prop_assert!(pause <= previous.max(base).saturating_mul(3));
        }

        #[test]
        fn a_larger_number_is_no_shorter_pause(previous in 0_u64..100_000, one: u64, other: u64) {
            let backoff = Backoff { base: Duration::from_millis(100), cap: Duration::from_secs(20) };
            let previous = Duration::from_millis(previous);
            let (low, high) = (one.min(other), one.max(other));
            prop_assert!(backoff.pause(previous, low) <= backoff.pause(previous, high));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let read = parse_retry_after(&text, Timestamp::from_micros(0));
            prop_assert!(read.is_none_or(|pause| pause <= RETRY_AFTER_MAX));
        }
    }
}
