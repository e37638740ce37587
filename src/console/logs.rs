//! The last lines of the log, and its level.

use crate::api::events::{FollowingLines, Right, follow_lines};
use crate::console::address::with_query;
use crate::console::form::{self, Faults};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::instant::instant;
use crate::console::typed::Typed;
use crate::console::words::{escaped_len, shortened};
use crate::domain::permission::Permission;
use crate::http::assets;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{CHANGE, Handler, Route, SEE, When, handler};
use crate::services::refusal::Refusal;
use crate::telemetry::lines::{LineFilter, LogLine};
use askama::Template;
use axum::response::Response;
use bytes::Bytes;
use serde::Serialize;
use std::fmt::Write;
use tracing::Level;

const ADDRESS: &str = "/console/logs";

/// The setting of the level.
const LEVEL: &str = "logging.level";

/// The levels, the most important first.
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// What the form has, in its order.
const FIELDS: [&str; 3] = ["level", "text", "since"];

/// What links carry beside it.
const KNOWN: [&str; 5] = ["level", "text", "since", "before", "done"];

/// Lines of a page.
const LINES: usize = 100;

/// Bytes of the lines in the page's markup; what does not fit is on the page of older ones.
const LINES_LEN: usize = 56 * 1024;

/// About how many bytes a line takes besides its texts.
const LINE_MARKUP_LEN: usize = 150;

/// Most characters that are shown of a line; `/api/v1/logs` has more.
const TEXT_LEN: usize = 1_000;

#[derive(Template)]
#[template(path = "console/logs.html")]
struct LogsPage {
    frame: Frame,
    typed: Typed,
    lines: Vec<Row>,
    older: Option<String>,
    /// Where to the newest, if the page shows others.
    newest: Option<String>,
    /// Where lines come live, if the page shows the newest.
    stream: Option<String>,
    levels: Vec<LevelChoice>,
    present: String,
    origin: String,
    may_set: bool,
    faults: Faults,
    script: String,
}

struct LevelChoice {
    name: &'static str,
    /// What is chosen with it.
    words: String,
    /// Whether it is looked for.
    is_wanted: bool,
    /// Whether it is the log's level.
    is_present: bool,
}

/// A line as people read it.
#[derive(Debug, Serialize)]
struct Row {
    number: u64,
    /// RFC 3339.
    exact: String,
    /// The time of the day.
    clock: String,
    level: &'static str,
    /// The class of its state.
    kind: &'static str,
    message: String,
    /// Fields besides, as `name=value`.
    rest: String,
}

impl Row {
    fn of(line: &LogLine) -> Self {
        let exact = line.at.to_string();
        let (message, rest) = told(&line.text);
        Self {
            number: line.number,
            clock: exact.get(11..23).unwrap_or_default().to_owned(),
            exact,
            level: line.level.as_str(),
            kind: match line.level {
                Level::ERROR => "bad",
                Level::WARN => "warn",
                _ => "",
            },
            message: shortened(&message, TEXT_LEN),
            rest: shortened(&rest, TEXT_LEN),
        }
    }

    /// Returns how many bytes of markup it takes.
    fn len(&self) -> usize {
        LINE_MARKUP_LEN + escaped_len(&self.message) + escaped_len(&self.rest)
    }
}

/// Takes a line of JSON apart: what it says, and its other fields. Any other line is shown without its head.
fn told(text: &str) -> (String, String) {
    let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_str(text) else {
        let mut words = text.splitn(2, [' ', '\t']);
        let is_time = words.next().is_some_and(|word| word.ends_with('Z') && word.contains('T'));
        let rest = words.next().unwrap_or_default().trim_start();
        let said = rest.split_once(' ').filter(|_| is_time).map_or(text, |(_level, said)| said);
        return (said.trim_start().to_owned(), String::new());
    };
    let message = match fields.remove("message") {
        Some(serde_json::Value::String(message)) => message,
        other => other.map(|value| value.to_string()).unwrap_or_default(),
    };
    let mut rest = String::new();
    for (name, value) in
        fields.iter().filter(|(name, _)| !["timestamp", "level", "target"].contains(&name.as_str()))
    {
        let space = if rest.is_empty() { "" } else { " " };
        match value {
            serde_json::Value::String(value) => write!(rest, "{space}{name}={value}"),
            value => write!(rest, "{space}{name}={value}"),
        }
        .expect("a String takes everything");
    }
    (message, rest)
}

/// Shows the newest lines that are looked for, or those before one.
pub(super) fn show_logs(call: &Call<'_>) -> Result<Response, Problem> {
    logs(call, Typed::read(call.query(), &KNOWN), Faults::default())
}

fn logs(call: &Call<'_>, mut typed: Typed, faults: Faults) -> Result<Response, Problem> {
    let level = typed.parse("level", level);
    let since = typed.parse("since", instant);
    let before = typed.parse("before", str::parse::<u64>);
    let filter =
        LineFilter { level: level.unwrap_or(Level::TRACE), text: typed.text("text").to_lowercase(), since };
    let found = call.edge.lines.page(&filter, before, LINES);
    let (mut lines, mut len) = (Vec::with_capacity(found.lines.len()), 0);
    for row in found.lines.iter().rev().map(|line| Row::of(line)) {
        len += row.len();
        if len > LINES_LEN && !lines.is_empty() {
            break;
        }
        lines.push(row);
    }
    let has_older = found.has_older || lines.len() < found.lines.len();
    lines.reverse();
    let first = lines.first().map(|row| row.number.to_string()).filter(|_| has_older);
    let last = lines.last().map_or(0, |row| row.number).to_string();
    let with = |path, name, value: &str| with_query(path, typed.pairs(&FIELDS).chain([(name, value)]));
    let older = first.map(|first| with(ADDRESS, "before", &first));
    let newest = before.map(|_| with(ADDRESS, "before", ""));
    let stream = before.is_none().then(|| with("/console/logs/stream", "after", &last));
    let setting = call.services()?.settings.find(LEVEL)?;
    let frame = Frame::new(call, Section::Logs, "Logs");
    let levels = LEVELS.iter().map(|name| LevelChoice {
        name,
        words: if *name == "error" { "error".to_owned() } else { format!("{name} and above") },
        is_wanted: typed.text("level") == *name,
        is_present: setting.value == *name,
    });
    let shown = LogsPage {
        may_set: frame.may(Permission::Change) && setting.is_writable(),
        frame,
        levels: levels.collect(),
        typed,
        lines,
        older,
        newest,
        stream,
        present: setting.value.clone(),
        origin: setting.origin.to_string(),
        faults,
        script: assets::address("log.js"),
    };
    page(shown.faults.status(), &shown)
}

fn level(text: &str) -> Result<Level, &'static str> {
    text.parse().map_err(|_error| "is no level; hint: error, warn, info, debug or trace")
}

/// Gives lines as they are written, until the operator's session ends.
pub(super) fn follow_logs(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), &["level", "text", "since", "after"]);
    let wanted = parameters.parse("level", level);
    let since = parameters.parse("since", instant);
    let text = parameters.text("text").unwrap_or_default().to_lowercase();
    let after = parameters.parse("after", str::parse::<u64>);
    parameters.finish()?;
    // A reader that was cut off says where.
    let last = call.parts.headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let services = call.services()?;
    let filter = LineFilter { level: wanted.unwrap_or(Level::TRACE), text, since };
    let right = Right::Session(services.sessions.clone(), call.signed_in().session.digest);
    let after = last.or(after).unwrap_or_default();
    follow_lines(call, FollowingLines { filter, after, right, write })
}

fn write(line: &LogLine) -> Bytes {
    let row = serde_json::to_string(&Row::of(line)).expect("a line has a JSON form");
    Bytes::from(format!("id: {}\ndata: {row}\n\n", line.number))
}

/// Sets the level of the log, which is taken at once.
pub(super) async fn set_level(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["value"]).await?;
    let set = call.services()?.settings.set(call.actor(), LEVEL, form.trimmed("value")).await;
    match set {
        Ok(_shown) => Ok(done(ADDRESS, "saved")),
        Err(refusal @ (Refusal::ReadOnly(_) | Refusal::Unacceptable(_) | Refusal::Field { .. })) => {
            let faults = Faults::one("value", refusal.to_string());
            logs(call, Typed::read(None, &KNOWN), faults)
        }
        Err(refusal) => Err(refusal.into()),
    }
}

pub(super) static ROUTES: &[Route] = &[
    Route::page("/console/logs", SEE, Handler::Now(show_logs)),
    Route::page("/console/logs/stream", SEE, Handler::Now(follow_logs)).when(When::Streaming),
    Route::form("/console/logs/level", CHANGE, handler!(set_level)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_by_its_message_and_fields_whatever_its_shape() {
        let json = r#"{"timestamp":"2026-03-01T12:00:00Z","level":"INFO","message":"Stored","seq":7,"who":"<b>","target":"x"}"#;
        assert_eq!(told(json), ("Stored".into(), "seq=7 who=<b>".into()));
        let pretty = "2026-03-01T12:00:00.000000Z  INFO mainstay::app: Start: 2 of 9 seq=7";
        assert_eq!(told(pretty), ("mainstay::app: Start: 2 of 9 seq=7".into(), String::new()));
        for plain in ["", "said", "{cut", "[1]", "nothing like it"] {
            assert_eq!(told(plain), (plain.into(), String::new()));
        }
    }
}
