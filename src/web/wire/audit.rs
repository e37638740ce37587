//! The audit log as JSON, as lines of JSON, and as a table for spreadsheets (CSV, RFC 4180).

use crate::domain::event::Severity;
use crate::domain::time::Timestamp;
use crate::services::audit_log::{Change, Entry};
use crate::services::reading::Page;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The first line of the table.
pub const CSV_HEAD: &str = "seq,at,actor,what,subject,severity,field,before,after\r\n";

/// What a spreadsheet may take for a formula, or for the beginning of one.
const FORMULA_SIGNS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// One thing that somebody did.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
pub struct EntryJson {
    /// Its event's place in the ledger.
    seq: u64,
    /// When.
    at: Timestamp,
    /// Who.
    actor: String,
    /// What, such as `tenant.changed`.
    what: String,
    /// To what.
    subject: String,
    /// `info`, `warning` or `error`.
    severity: &'static str,
    /// What is different since.
    changes: Vec<ChangeJson>,
}

/// What is different of one field.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditChange")]
struct ChangeJson {
    /// Its name; of a field within another both, with a dot between.
    field: String,
    /// What it was; null where it was not, or nobody knows.
    before: Option<Value>,
    /// What it is now; null where it is not any more.
    after: Option<Value>,
}

/// A page of the audit log, newest first.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditPage")]
pub struct AuditJson {
    entries: Vec<EntryJson>,
    /// The cursor behind the page; null at the end only.
    next: Option<String>,
    /// The cursor before the page; null at the beginning.
    prev: Option<String>,
}

impl From<Entry> for EntryJson {
    fn from(entry: Entry) -> Self {
        let Entry { seq, at, actor, what, subject, severity, changes } = entry;
        let change = |Change { field, before, after }| ChangeJson { field, before, after };
        let changes = changes.into_iter().map(change).collect();
        Self { seq: seq.0, at, actor, what, subject, severity: Severity::as_str(severity), changes }
    }
}

impl From<&Page> for AuditJson {
    fn from(page: &Page) -> Self {
        let [next, prev] = [page.next, page.prev].map(|cursor| cursor.map(|cursor| cursor.to_string()));
        Self { entries: page.events.iter().map(|event| Entry::new(event).into()).collect(), next, prev }
    }
}

/// Writes a page as a line of JSON for each entry.
pub fn json_lines(page: &Page) -> Vec<u8> {
    let mut lines = Vec::new();
    for event in &page.events {
        let entry = EntryJson::from(Entry::new(event));
        serde_json::to_writer(&mut lines, &entry).expect("an entry has a JSON form");
        lines.push(b'\n');
    }
    lines
}

/// Writes a page as a line of the table for each field that is different, and one for an entry without any.
pub fn csv_lines(page: &Page) -> Vec<u8> {
    let mut lines = String::new();
    for event in &page.events {
        let entry = Entry::new(event);
        let nothing = Change { field: String::new(), before: None, after: None };
        let changes =
            if entry.changes.is_empty() { std::slice::from_ref(&nothing) } else { &entry.changes[..] };
        for change in changes {
            let cells = [
                &entry.seq.to_string(),
                &entry.at.to_string(),
                &entry.actor,
                &entry.what,
                &entry.subject,
                entry.severity.as_str(),
                &change.field,
                &text_of(change.before.as_ref()),
                &text_of(change.after.as_ref()),
            ];
            for (at, cell) in cells.into_iter().enumerate() {
                if at > 0 {
                    lines.push(',');
                }
                push_cell(&mut lines, cell);
            }
            lines.push_str("\r\n");
        }
    }
    lines.into_bytes()
}

/// Returns a value as people read it: texts as they are, anything else as JSON, nothing as nothing.
pub fn text_of(value: Option<&Value>) -> String {
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
