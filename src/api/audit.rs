//! The audit log: pages and exports, for tokens and for operators.

use crate::api::events::{ExportForm, answer_page, export, json_lines, read_place};
use crate::api::parameters::{
    ACTOR, AFTER, BEFORE, CURSORS, FORMAT, LIMIT, OF_SUBJECT, READS, SINCE, UNTIL, WHAT,
};
use crate::api::tags;
use crate::domain::cursor::Cursor;
use crate::domain::names::{check_label, check_text};
use crate::domain::tenant::Tenant;
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::operation::{Answer, Carried, Content, Operation};
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{ADMIN, Route, handler};
use crate::http::schemas::{text, written};
use crate::services::audit::{self, Entry, FieldChange};
use crate::services::reading::{Filter, LIMIT_DEFAULT, Order, Page, Query};
use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_DISPOSITION;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// The first line of the table.
pub(crate) const CSV_HEAD: &str = "seq,at,actor,what,subject,severity,field,before,after\r\n";

/// What a spreadsheet may take for a formula, or for the beginning of one.
const FORMULA_SIGNS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A page of the audit log, newest first.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditPage")]
pub(crate) struct AuditJson {
    entries: Vec<Entry>,
    /// The cursor behind the page; null at the end only.
    next: Option<String>,
    /// The cursor before the page; null at the beginning.
    prev: Option<String>,
}

impl From<&Page> for AuditJson {
    fn from(page: &Page) -> Self {
        let [next, prev] = [page.next, page.prev].map(|cursor| cursor.map(|cursor| cursor.to_string()));
        Self { entries: page.events.iter().map(Entry::new).collect(), next, prev }
    }
}

/// Writes a page as a line of the table for each field that is different, and one for an entry without any.
pub(crate) fn csv_lines(page: &Page) -> Vec<u8> {
    let mut lines = String::new();
    for event in &page.events {
        let entry = Entry::new(event);
        let nothing = FieldChange { field: String::new(), before: None, after: None };
        let changes =
            if entry.changes.is_empty() { std::slice::from_ref(&nothing) } else { &entry.changes[..] };
        for change in changes {
            let (seq, at, severity) = (entry.seq.to_string(), entry.at.to_string(), entry.severity.as_str());
            let [before, after] = [&change.before, &change.after].map(|value| text_of(value.as_ref()));
            push_cell(&mut lines, &seq);
            for cell in
                [&at, &entry.actor, &entry.what, &entry.subject, severity, &change.field, &before, &after]
            {
                lines.push(',');
                push_cell(&mut lines, cell);
            }
            lines.push_str("\r\n");
        }
    }
    lines.into_bytes()
}

/// Returns a value as people read it: texts as they are, anything else as JSON, nothing as nothing.
pub(crate) fn text_of(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Appends a cell. A spreadsheet shows what begins with a quote as text, whatever follows.
fn push_cell(line: &mut String, text: &str) {
    let guard = if text.starts_with(FORMULA_SIGNS) { "'" } else { "" };
    let is_plain = !text.contains(['"', ',', '\r', '\n']);
    if is_plain {
        line.extend([guard, text]);
    } else {
        line.extend(["\"", guard, &text.replace('"', "\"\""), "\""]);
    }
}

/// What a page is asked by.
const LIST: &[&str] = &["after", "before", "limit", "actor", "what", "subject", "since", "until"];

/// What an export is asked by.
const EXPORT: &[&str] = &["after", "format", "actor", "what", "subject", "since", "until"];

/// Returns the tenant whose events are the audit log.
pub(crate) fn log_of(call: &Call<'_>) -> Result<Arc<Tenant>, Problem> {
    Ok(call.services()?.tenants.find_any(audit::TENANT)?)
}

/// `GET /api/v1/audit`: a page, newest first.
pub(super) async fn list_audit(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), LIST);
    let place = read_place(&mut parameters);
    let filter = filter(&mut parameters);
    parameters.finish()?;
    let query = Query { order: Order::Descending, filter, ..place };
    answer_page(call, log_of(call)?.as_ref(), query, |page| call::to_json(&AuditJson::from(page))).await
}

/// `GET /api/v1/audit/export`, and the same for the console: everything that matches, oldest first, as a download.
pub(crate) async fn export_audit(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), EXPORT);
    let after = parameters.parse("after", Cursor::parse);
    let (form, attachment) = parameters.parse("format", format).unwrap_or(LINES);
    let filter = filter(&mut parameters);
    parameters.finish()?;
    let query = Query { after, limit: LIMIT_DEFAULT, filter, ..Query::default() };
    let mut response = export(call, &log_of(call)?, query, form).await?;
    response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static(attachment));
    Ok(response)
}

fn filter(parameters: &mut Parameters<'_>) -> Filter {
    let label = |what: &'static str| move |text: &str| check_label(what, text).map(|()| text.to_owned());
    Filter {
        actor: parameters.parse("actor", label("actor")),
        event_type: parameters.parse("what", label("what")),
        subject: parameters.parse("subject", |text| check_text("subject", text).map(|()| text.to_owned())),
        since: parameters.parse("since", Timestamp::parse),
        until: parameters.parse("until", Timestamp::parse),
        ..Filter::default()
    }
}

/// What an export is written as: its form, and under what name it is kept.
type Format = (ExportForm, &'static str);

/// A line of JSON for each entry.
const LINES: Format = (
    ExportForm { content_type: "application/x-ndjson", head: "", write: |page| json_lines(page, Entry::new) },
    "attachment; filename=\"audit.ndjson\"",
);

/// A table for spreadsheets.
const TABLE: Format = (
    ExportForm { content_type: "text/csv; charset=utf-8", head: CSV_HEAD, write: csv_lines },
    "attachment; filename=\"audit.csv\"",
);

fn format(text: &str) -> Result<Format, &'static str> {
    match text {
        "ndjson" => Ok(LINES),
        "csv" => Ok(TABLE),
        _ => Err("is neither ndjson nor csv; hint: ndjson is for programs, csv for spreadsheets"),
    }
}

static LIST_AUDIT: Operation =
    Operation::new(&tags::MANAGEMENT, "listAudit", "Lists who changed what, newest first")
        .detail("A page may be short or empty while there is more: `next` is null at the end only.")
        .parameters(&[AFTER, BEFORE, LIMIT, ACTOR, WHAT, OF_SUBJECT, SINCE, UNTIL])
        .answers::<AuditJson>("A page.")
        .refuses(CURSORS)
        .refuses(READS);

static EXPORT_AUDIT: Operation = Operation::new(&tags::MANAGEMENT, "exportAudit", "Gives all of it as lines or as a table")
    .detail("Oldest first. A table has a line for each field that is different; a cell that a spreadsheet could take for \
             a formula begins with a single quote. An export that is cut off has no proper end.")
    .parameters(&[FORMAT, AFTER, ACTOR, WHAT, OF_SUBJECT, SINCE, UNTIL])
    .answer(Answer::of(200, "An entry a line, or a table.", &[Content::many("application/x-ndjson", text, written::<Entry>), Content::of("text/csv", text)]).with(&[("Content-Disposition", Carried::Always)]))
    .refuses(CURSORS)
    .refuses(READS);

pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/audit", ADMIN, handler!(list_audit), &LIST_AUDIT),
    Route::get("/api/v1/audit/export", ADMIN, handler!(export_audit), &EXPORT_AUDIT),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cell(text: &str) -> String {
        let mut line = String::new();
        push_cell(&mut line, text);
        line
    }

    /// Reads cells of one record as RFC 4180 has it.
    fn read(record: &str) -> Vec<String> {
        let (mut cells, mut quoted) = (vec![String::new()], false);
        let mut rest = record.chars().peekable();
        while let Some(one) = rest.next() {
            match one {
                '"' if quoted && rest.next_if_eq(&'"').is_some() => cells.last_mut().unwrap().push('"'),
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cells.last_mut().unwrap().push(other),
            }
        }
        cells
    }

    #[test]
    fn what_would_break_a_table_is_quoted_and_no_cell_is_a_formula() {
        assert_eq!(cell("plain text"), "plain text");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(cell("a\nb"), "\"a\nb\"");
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("@SUM(A1,\"x\")"), "\"'@SUM(A1,\"\"x\"\")\"");
        for sign in FORMULA_SIGNS {
            assert!(cell(&format!("{sign}x")).trim_start_matches('"').starts_with('\''), "{sign:?}");
        }
    }

    proptest! {
        #[test]
        fn any_texts_are_read_back(texts in proptest::collection::vec(".*", 1..5)) {
            let record: Vec<String> = texts.iter().map(|text| cell(text)).collect();
            let guarded = texts.iter().map(|text| {
                if text.starts_with(FORMULA_SIGNS) { format!("'{text}") } else { text.clone() }
            });
            prop_assert_eq!(read(&record.join(",")), guarded.collect::<Vec<_>>());
        }
    }
}
