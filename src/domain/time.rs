//! Instants as microseconds since 1970 (UTC) and durations as people write them.

use std::fmt;
use std::time::Duration;

/// An instant: microseconds since 1970-01-01T00:00:00Z. Written as RFC 3339.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

/// The last instant RFC 3339 can write (year 9999).
const MICROS_MAX: u64 = 253_402_300_799_999_999;

/// A text that is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an RFC 3339 time between 1970 and 9999; hint: write it like 2026-01-31T18:00:00Z")]
pub struct TimestampError(String);

impl Timestamp {
    /// Returns the instant so many microseconds after 1970, at most the end of the year 9999.
    pub fn from_micros(micros: u64) -> Self {
        Self(micros.min(MICROS_MAX))
    }

    /// Returns the microseconds since 1970.
    pub fn as_micros(self) -> u64 {
        self.0
    }

    /// Returns the whole seconds since 1970.
    pub fn as_seconds(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Returns this instant moved forward, at most to the last one.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self::from_micros(self.0.saturating_add(micros(duration)))
    }

    /// Returns this instant moved back, at most to 1970.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }

    /// Returns the time since `earlier`, zero if that is later.
    pub fn duration_since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// Reads an RFC 3339 text with any offset.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        let wrong = || TimestampError(text.chars().take(64).collect());
        let parsed: jiff::Timestamp = text.parse().map_err(|_error| wrong())?;
        u64::try_from(parsed.as_microsecond()).map(Self::from_micros).map_err(|_negative| wrong())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = i64::try_from(self.0).unwrap_or(i64::MAX);
        match jiff::Timestamp::from_microsecond(micros) {
            Ok(instant) => write!(f, "{instant:.6}"),
            Err(_) => f.write_str("9999-12-31T23:59:59.999999Z"),
        }
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Tells whether a text is an instant of RFC 3339: a date, `T`, a time to the second or finer, and `Z` or an offset of
/// hours and minutes.
pub fn is_rfc3339(text: &str) -> bool {
    let Some((date_time, rest)) = text.as_bytes().split_at_checked(19) else { return false };
    let fraction = rest
        .strip_prefix(b".")
        .map_or(0, |digits| 1 + digits.iter().take_while(|byte| byte.is_ascii_digit()).count());
    let zone = rest.get(fraction..).unwrap_or_default();
    fraction != 1 && is_date_time(date_time) && is_zone(zone)
}

fn is_date_time(bytes: &[u8]) -> bool {
    let shape = bytes.iter().zip(b"0000-00-00T00:00:00").all(|(byte, like)| match like {
        b'0' => byte.is_ascii_digit(),
        b'T' => byte.eq_ignore_ascii_case(&b'T'),
        other => byte == other,
    });
    let number = |from: usize, to: usize| {
        let digits = bytes.get(from..to).unwrap_or_default();
        digits.iter().fold(0_u32, |number, digit| number * 10 + u32::from(digit.wrapping_sub(b'0')))
    };
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1..=12 => 31,
        _ => 0,
    };
    // Some minutes have 61 seconds.
    shape && (1..=days).contains(&day) && number(11, 13) < 24 && number(14, 16) < 60 && number(17, 19) < 61
}

fn is_zone(bytes: &[u8]) -> bool {
    match bytes {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', hour @ .., b':', b'0'..=b'5', b'0'..=b'9'] => {
            matches!(hour, [b'0' | b'1', b'0'..=b'9'] | [b'2', b'0'..=b'3'])
        }
        _ => false,
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration; hint: write a number and ms, s, m, h or d, such as 30s or 7d")]
pub struct DurationError(String);

/// Returns whole milliseconds.
pub fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Reads a duration such as `500ms`, `30s`, `5m`, `1h` or `30d`.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let wrong = || DurationError(text.chars().take(64).collect());
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_error| wrong())?;
    let millis_per_unit = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    number.checked_mul(millis_per_unit).map(Duration::from_millis).ok_or_else(wrong)
}

/// Writes a duration in the largest unit that shows it exactly: `30d`, `90s`, `1500ms`.
pub fn format_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    for (unit, per_unit) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] {
        if millis != 0 && millis.is_multiple_of(per_unit) {
            return format!("{}{unit}", millis / per_unit);
        }
    }
    format!("{millis}ms")
}

/// Writes a duration for people, in the largest unit of which there are at least two, and without what is less than
/// one of it: `89d`, `20h`, `19m`, `97s`.
pub fn format_roughly(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [("d", 86_400), ("h", 3_600), ("m", 60)];
    match units.iter().find(|(_, per_unit)| seconds >= 2 * per_unit) {
        Some((unit, per_unit)) => format!("{}{unit}", seconds / per_unit),
        None => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_two_of_a_unit_at_least() {
        for (seconds, text) in [(0, "0s"), (119, "119s"), (120, "2m"), (1_199, "19m"), (7_199, "119m")] {
            assert_eq!(format_roughly(Duration::from_secs(seconds)), text);
        }
        assert_eq!(format_roughly(Duration::from_hours(47)), "47h");
        assert_eq!(format_roughly(Duration::from_millis(7_774_805_640)), "89d");
    }

    #[test]
    fn instants_of_rfc_3339_are_told_from_other_texts() {
        for good in [
            "9999-12-31T23:59:59Z",
            "0000-02-29T00:00:00.1234567890123-00:00",
            "2026-01-31T12:00:00Z",
            "1950-01-31t12:00:00.123456789z",
            "2026-01-31T23:59:60-12:30",
        ] {
            assert!(is_rfc3339(good), "{good}");
        }
        for bad in [
            "",
            "2026-01-31",
            "2026-01-31T12:00Z",
            "2026-01-31T12Z",
            "2026-01-31T12:00:00,5Z",
            "2026-01-31T12:00:00.Z",
            "2026-02-29T12:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T12:00:00+24:00",
            "2026-01-31T12:00:00+1:00",
            "2026-01-31T12:00:00é",
            "2026-01-31T12:00:00",
            "2026-01-31 12:00:00Z",
            "2026-01-31T12:00:00+01",
            "2026-13-31T12:00:00Z",
            "20260131T120000Z",
            "2026-01-31T12:00:00+01:00[Europe/Paris]",
        ] {
            assert!(!is_rfc3339(bad), "{bad}");
        }
    }
    use proptest::prelude::*;

    #[test]
    fn instants_are_written_in_utc_with_microseconds() {
        let instant = Timestamp::parse("2026-03-01T12:00:00.25+02:00").unwrap();
        assert_eq!(instant.to_string(), "2026-03-01T10:00:00.250000Z");
        assert_eq!(Timestamp::from_micros(u64::MAX).to_string(), "9999-12-31T23:59:59.999999Z");
        assert!(Timestamp::parse("1969-12-31T23:59:59Z").is_err());
        assert!(Timestamp::parse("yesterday").is_err());
    }

    #[test]
    fn durations_are_read_with_their_unit_only() {
        assert_eq!(parse_duration("30d").unwrap(), Duration::from_hours(720));
        assert_eq!(parse_duration("250 ms").unwrap(), Duration::from_millis(250));
        for wrong in ["", "30", "d", "-1s", "1w", "99999999999999999999d", "1.5h"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn instants_survive_writing_and_reading(micros in 0..=MICROS_MAX) {
            let instant = Timestamp::from_micros(micros);
            prop_assert_eq!(Timestamp::parse(&instant.to_string()).unwrap(), instant);
        }

        #[test]
        fn durations_survive_writing_and_reading(millis in 0..u64::from(u32::MAX)) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse_duration(&format_duration(duration)).unwrap(), duration);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = Timestamp::parse(&text);
            let _ = parse_duration(&text);
        }
    }
}
