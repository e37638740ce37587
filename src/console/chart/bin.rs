//! A span of time that has one number in each series.

use crate::domain::time::Timestamp;

/// A stretch of time that has one number of each series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) struct Bin {
    /// What stands below the drawing, such as `14:20`.
    pub(super) short: String,
    /// What stands in the table, such as `2026-03-01 14:20`.
    pub(super) exact: String,
}

impl Bin {
    /// Names a stretch of minutes or hours by its begin.
    pub(in crate::console) fn of_time(begin: Timestamp) -> Self {
        let (date, time) = parts(begin);
        Self { exact: format!("{date} {time}"), short: time }
    }

    /// Names a stretch of days by its begin.
    pub(in crate::console) fn of_day(begin: Timestamp) -> Self {
        let (date, _) = parts(begin);
        Self { short: date.chars().skip(5).collect(), exact: date }
    }

    /// Names a stretch of hours within several days by its begin.
    pub(in crate::console) fn of_hours(begin: Timestamp) -> Self {
        let (date, time) = parts(begin);
        Self { short: date.chars().skip(5).collect(), exact: format!("{date} {time}") }
    }
}

/// Splits an instant into date and time of day, in UTC.
fn parts(at: Timestamp) -> (String, String) {
    let text = at.to_string();
    let (date, time) = text.split_once('T').unwrap_or((&text, ""));
    (date.to_owned(), time.chars().take(5).collect())
}
