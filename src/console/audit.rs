//! Who changed what, field by field, newest first.

use crate::api::audit::{log_of, text_of};
use crate::console::address::with_query;
use crate::console::frame::{Frame, Section, page};
use crate::console::instant::{EMPTY_SPAN, instant, is_empty_span};
use crate::console::typed::Typed;
use crate::console::words::{Moment, escaped_len, grouped, shortened};
use crate::domain::cursor::Cursor;
use crate::domain::event::Severity;
use crate::domain::names::{check_label, check_text};
use crate::domain::patience::Patience;
use crate::domain::time::Timestamp;
use crate::http::call::Call;
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::http::route::{Route, SEE, handler};
use crate::services::audit::{Entry, FieldChange, TENANT};
use crate::services::reading::{Filter, Order, Page, Query, ReadError};
use askama::Template;
use axum::response::Response;
use http::StatusCode;

const ADDRESS: &str = "/console/audit";

/// What the form has, in its order.
const FIELDS: [&str; 5] = ["actor", "what", "subject", "since", "until"];

/// What links carry beside it.
const KNOWN: [&str; 7] = ["actor", "what", "subject", "since", "until", "after", "before"];

/// Entries of a page.
const ENTRIES: usize = 50;

/// Most characters of a name, and of a value; the entry's event has the rest.
const NAME_LEN: usize = 60;
const VALUE_LEN: usize = 120;

/// Bytes of an entry's changes in the page's markup after which no more of them are shown: fifty such entries stay within
/// 100 KiB.
const CHANGES_LEN: usize = 500;

#[derive(Template)]
#[template(path = "console/audit.html")]
struct AuditPage {
    frame: Frame,
    typed: Typed,
    entries: Vec<EntryView>,
    newer: Option<String>,
    older: Option<String>,
    looked_to: Option<String>,
    /// Addresses of the exports with the same filters.
    exports: [(&'static str, String); 2],
    is_narrowed: bool,
}

struct EntryView {
    /// Its event's page.
    address: String,
    at: Moment,
    actor: Linked,
    what: Linked,
    subject: Linked,
    /// Its grade, where it is not just for the record.
    state: Option<(&'static str, &'static str)>,
    changes: Vec<(String, String, String)>,
    /// How many more there are.
    left: usize,
}

/// A text that leads to all entries that have it in common.
struct Linked {
    text: String,
    address: String,
}

/// Lines of a page with the places around it.
struct Listed {
    entries: Vec<EntryView>,
    next: Option<Cursor>,
    prev: Option<Cursor>,
}

pub(super) async fn show_audit(call: &Call<'_>) -> Result<Response, Problem> {
    let mut typed = Typed::read(call.query(), &KNOWN);
    let query = asked(&mut typed);
    let (mut status, now) = (StatusCode::OK, call.edge.clock.now());
    let mut listed = Listed { entries: Vec::new(), next: None, prev: None };
    if typed.faults.is_empty() {
        let list = move |page: Page| Ok(Listed::new(&page, now));
        let log = log_of(call)?;
        match call.services()?.reading.list(log.as_ref(), query.clone(), list).await {
            Ok(found) => listed = found,
            Err(error @ (ReadError::StaleCursor | ReadError::CursorAhead)) => {
                let problem = Problem::from(error);
                status = problem.status;
                typed.faults.add("place", problem.detail);
            }
            Err(error) => return Err(error.into()),
        }
    } else {
        status = Code::InvalidQuery.status();
    }
    let at = |place: &'static str, cursor: Cursor| {
        let cursor = cursor.to_string();
        with_query(ADDRESS, typed.pairs(&FIELDS).chain([(place, cursor.as_str())]))
    };
    let is_narrowed = typed.pairs(&KNOWN).any(|(_, text)| !text.is_empty());
    let stopped = if query.before.is_some() { listed.prev } else { listed.next };
    let shown = AuditPage {
        frame: Frame::new(call, Section::Audit, "Audit"),
        newer: listed.prev.map(|cursor| at("before", cursor)),
        older: listed.next.map(|cursor| at("after", cursor)),
        looked_to: stopped.filter(|_| listed.entries.len() < ENTRIES).map(|cursor| grouped(cursor.seq.0)),
        exports: exports(&query.filter),
        is_narrowed,
        entries: listed.entries,
        typed,
    };
    page(status, &shown)
}

fn asked(typed: &mut Typed) -> Query {
    let label = |what| move |text: &str| check_label(what, text).map(|()| text.to_owned());
    let filter = Filter {
        actor: typed.parse("actor", label("actor")),
        event_type: typed.parse("what", label("name of what was done")),
        subject: typed.parse("subject", |text| check_text("subject", text).map(|()| text.to_owned())),
        since: typed.parse("since", instant),
        until: typed.parse("until", instant),
        ..Filter::default()
    };
    if is_empty_span(filter.since, filter.until) {
        typed.faults.add("until", EMPTY_SPAN);
    }
    let after = typed.parse("after", Cursor::parse);
    let before = typed.parse("before", Cursor::parse).filter(|_| after.is_none());
    Query { after, before, limit: ENTRIES, patience: Patience::Page, order: Order::Descending, filter }
}

fn exports(filter: &Filter) -> [(&'static str, String); 2] {
    let of = |text: Option<&String>| text.cloned().unwrap_or_default();
    let at = |instant: Option<Timestamp>| instant.map(|at| at.to_string()).unwrap_or_default();
    let parameters = [
        ("actor", of(filter.actor.as_ref())),
        ("what", of(filter.event_type.as_ref())),
        ("subject", of(filter.subject.as_ref())),
        ("since", at(filter.since)),
        ("until", at(filter.until)),
    ];
    [("CSV", "csv"), ("NDJSON", "ndjson")].map(|(name, format)| {
        let kept = parameters.iter().map(|(name, text)| (*name, text.as_str()));
        (name, with_query("/console/audit/export", [("format", format)].into_iter().chain(kept)))
    })
}

impl Listed {
    fn new(page: &Page, now: Timestamp) -> Self {
        let entries = page.events.iter().map(|event| EntryView::new(Entry::new(event), now)).collect();
        Self { entries, next: page.next, prev: page.prev }
    }
}

impl EntryView {
    fn new(entry: Entry, now: Timestamp) -> Self {
        let (changes, left) = told(&entry.changes);
        Self {
            address: with_query(&format!("/console/events/{}", entry.seq), [("tenant", TENANT)]),
            at: Moment::new(entry.at, now),
            actor: Linked::new("actor", &entry.actor),
            what: Linked::new("what", &entry.what),
            subject: Linked::new("subject", &entry.subject),
            state: match entry.severity {
                Severity::Info => None,
                Severity::Warning => Some(("warn", "warning")),
                Severity::Error => Some(("bad", "error")),
            },
            changes,
            left,
        }
    }
}

impl Linked {
    fn new(field: &'static str, text: &str) -> Self {
        Self { text: shortened(text, NAME_LEN), address: with_query(ADDRESS, [(field, text)]) }
    }
}

/// Returns as many changes as an entry has room for, and how many are left out.
fn told(changes: &[FieldChange]) -> (Vec<(String, String, String)>, usize) {
    let (mut shown, mut taken) = (Vec::new(), 0);
    for change in changes {
        let value = |value| shortened(&text_of(value), VALUE_LEN);
        let line =
            (shortened(&change.field, NAME_LEN), value(change.before.as_ref()), value(change.after.as_ref()));
        taken += escaped_len(&line.0) + escaped_len(&line.1) + escaped_len(&line.2);
        if taken > CHANGES_LEN && !shown.is_empty() {
            break;
        }
        shown.push(line);
    }
    let left = changes.len() - shown.len();
    (shown, left)
}

pub(super) static ROUTES: &[Route] = &[
    Route::page("/console/audit", SEE, handler!(show_audit)),
    Route::page("/console/audit/export", SEE, handler!(crate::api::audit::export_audit)),
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_entry_with_much_to_tell_tells_its_beginning() {
        let change = |at: usize| FieldChange {
            field: format!("f{at}"),
            before: None,
            after: Some(json!("x".repeat(10_000))),
        };
        let changes: Vec<_> = (0..1_000).map(change).collect();
        let (shown, left) = told(&changes);
        assert!((1..10).contains(&shown.len()) && left == 1_000 - shown.len());
        assert_eq!(shown[0].2.chars().count(), VALUE_LEN);
    }

    #[test]
    fn exports_carry_the_filters_as_they_were_understood() {
        let mut typed = Typed::read(Some("actor=a+b&since=2026-01-31"), &KNOWN);
        let [(_, csv), _] = exports(&asked(&mut typed).filter);
        let expected = "/console/audit/export?format=csv&actor=a%20b&since=2026-01-31T00:00:00.000000Z";
        assert_eq!(csv, expected);
    }
}
