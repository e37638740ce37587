//! The last lines of the log.

use crate::domain::time::Timestamp;
use crate::telemetry::lines::LineFilter;
use crate::web::api::reading::number;
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::request::query::Parameters;
use crate::web::wire::log_line::LogLinesJson;
use axum::response::Response;
use http::StatusCode;
use tracing::Level;

/// Lines of a page when nobody says.
const LIMIT_DEFAULT: usize = 100;

/// Most lines of a page.
const LIMIT_MAX: usize = 1_000;

/// Lists the last lines that are kept.
pub(in crate::web) fn list_lines(call: &Call<'_>) -> Result<Response, Problem> {
    let known = ["level", "text", "since", "before", "limit"];
    let mut parameters = Parameters::read(call.parts.uri.query(), &known);
    let level = parameters.parse("level", |text| text.parse::<Level>().map_err(|_error| WRONG_LEVEL));
    let since = parameters.parse("since", Timestamp::parse);
    let text = parameters.text("text").unwrap_or_default().to_lowercase();
    let before = parameters.parse("before", |text| number(text, usize::MAX)).map(|before| before as u64);
    let limit = parameters.parse("limit", |text| number(text, LIMIT_MAX)).unwrap_or(LIMIT_DEFAULT);
    parameters.finish()?;
    let filter = LineFilter { level: level.unwrap_or(Level::TRACE), text, since };
    let page = call.edge.lines.page(&filter, before, limit);
    Ok(call::uncached(call::json(StatusCode::OK, &LogLinesJson::from(&page))))
}

/// What is wrong with a level that is none.
const WRONG_LEVEL: &str = "is no level; hint: error, warn, info, debug or trace";
