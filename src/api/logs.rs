//! The last lines of the log.

use crate::api::parameters::{LEVEL, LIMIT_OF_LINES, LINE_TEXT, LINES_BEFORE, LINES_SINCE, number};
use crate::api::tags;
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{ADMIN, Handler, Route};
use crate::telemetry::lines::LineFilter;
use axum::response::Response;
use serde::Serialize;
use tracing::Level;

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

/// Lines of a page when nobody says.
const LIMIT_DEFAULT: usize = 100;

const LIMIT_MAX: usize = 1_000;

pub(crate) fn list_lines(call: &Call<'_>) -> Result<Response, Problem> {
    let known = ["level", "text", "since", "before", "limit"];
    let mut parameters = Parameters::read(call.query(), &known);
    let level = parameters.parse("level", |text| text.parse::<Level>().map_err(|_error| WRONG_LEVEL));
    let since = parameters.parse("since", Timestamp::parse);
    let text = parameters.text("text").unwrap_or_default().to_lowercase();
    let before = parameters.parse("before", |text| number(text, usize::MAX)).map(|before| before as u64);
    let limit = parameters.parse("limit", |text| number(text, LIMIT_MAX)).unwrap_or(LIMIT_DEFAULT);
    parameters.finish()?;
    let filter = LineFilter { level: level.unwrap_or(Level::TRACE), text, since };
    let page = call.edge.lines.page(&filter, before, limit);
    let lines = page.lines.iter().map(|line| LogLineJson {
        number: line.number,
        at: line.at,
        level: line.level.as_str(),
        text: &line.text,
    });
    let older = page.lines.first().filter(|_| page.has_older).map(|line| line.number);
    Ok(call::shown(&LogLinesJson { lines: lines.collect(), older }))
}

const WRONG_LEVEL: &str = "is no level; hint: error, warn, info, debug or trace";

static LIST_LINES: Operation =
    Operation::new(&tags::MANAGEMENT, "listLogLines", "Lists the last lines of the log")
        .detail(
            "As they are written, without secrets. At most 5,000 lines and 2 MiB of them are kept in memory.",
        )
        .parameters(&[LEVEL, LINE_TEXT, LINES_SINCE, LINES_BEFORE, LIMIT_OF_LINES])
        .answers::<LogLinesJson<'static>>("The newest of them, oldest first.");

pub(crate) static ROUTES: &[Route] =
    &[Route::get("/api/v1/logs", ADMIN, Handler::Now(list_lines), &LIST_LINES)];
