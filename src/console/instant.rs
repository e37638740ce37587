//! Instants as people type them.

use crate::domain::time::Timestamp;

/// Reads RFC 3339, or a date with or without a time, which is UTC.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let wrong = || format!("`{}` is not a time; hint: write it like 2026-01-31 18:00, in UTC", head(text));
    let spaced = text.replacen(' ', "T", 1);
    let whole = match spaced.len() {
        10 => format!("{spaced}T00:00:00Z"),
        16 => format!("{spaced}:00Z"),
        19 => format!("{spaced}Z"),
        _ => spaced,
    };
    Timestamp::parse(&whole).map_err(|_error| wrong())
}

/// What is wrong where the end of a span is not behind its beginning.
pub(super) const EMPTY_SPAN: &str = "is not behind `since`; hint: nothing was received in no time";

/// Tells whether no instant lies within.
pub(super) fn is_empty_span(since: Option<Timestamp>, until: Option<Timestamp>) -> bool {
    since.zip(until).is_some_and(|(since, until)| until <= since)
}

fn head(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_utc_unless_they_say_otherwise() {
        let read = |text| instant(text).map(|at| at.to_string());
        for midnight in [
            "2026-01-31",
            " 2026-01-31 ",
            "2026-01-31T00:00",
            "2026-01-31 00:00:00",
            "2026-01-31T01:00:00+01:00",
        ] {
            assert_eq!(read(midnight).as_deref(), Ok("2026-01-31T00:00:00.000000Z"), "{midnight}");
        }
        assert_eq!(read("2026-01-31T18:05Z").as_deref(), Ok("2026-01-31T18:05:00.000000Z"));
        for wrong in ["", "now", "2026", "31.01.2026", "2026-13-01", "18:00", "ääääääääää"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
