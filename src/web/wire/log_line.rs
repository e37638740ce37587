//! Lines of the log as JSON.

use crate::domain::time::Timestamp;
use crate::telemetry::lines::{LinePage, LogLine};
use serde::Serialize;

/// A line.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "LogLine")]
pub(crate) struct LogLineJson<'a> {
    /// Its number since the start.
    number: u64,
    /// When it was written.
    at: Timestamp,
    /// `ERROR`, `WARN`, `INFO`, `DEBUG` or `TRACE`.
    level: &'static str,
    /// The line as it was written, at most 8 KiB of it.
    text: &'a str,
}

/// Some of the last lines.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "LogLines")]
pub(crate) struct LogLinesJson<'a> {
    /// Oldest first.
    lines: Vec<LogLineJson<'a>>,
    /// The number to ask for lines before; null if there are none that are kept.
    older: Option<u64>,
}

impl<'a> From<&'a LogLine> for LogLineJson<'a> {
    fn from(line: &'a LogLine) -> Self {
        Self { number: line.number, at: line.at, level: line.level.as_str(), text: &line.text }
    }
}

impl<'a> From<&'a LinePage> for LogLinesJson<'a> {
    fn from(page: &'a LinePage) -> Self {
        Self {
            lines: page.lines.iter().map(|line| LogLineJson::from(&**line)).collect(),
            older: page.lines.first().filter(|_| page.has_older).map(|line| line.number),
        }
    }
}
