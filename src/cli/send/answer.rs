//! What the appliance answers: one JSON line for each record, or problem details (RFC 9457) for the whole request.

use crate::cli::output;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// Longest line of an answer that is read; the appliance's own are far shorter.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// Longest reason that is kept, in characters.
const DETAIL_LEN_MAX: usize = 300;

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is stored now.
    Stored {
        /// Its place in the ledger.
        seq: u64,
    },
    /// Its key was known.
    Repeat {
        /// The place of the event that was stored under it.
        seq: u64,
        /// Whether that event has another payload.
        mismatch: bool,
    },
    /// It was refused and will always be.
    Refused(Reason),
}

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    /// Stable word.
    pub(super) code: String,
    /// What happened and what to do, fit for a terminal.
    pub(super) detail: String,
}

/// One line of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// What became of the line of this number.
    Verdict(u64, Verdict),
    /// The appliance cannot go on now; what follows was not looked at.
    Unavailable(Reason, Option<Duration>),
}

#[derive(Deserialize)]
struct WordJson {
    line: Option<u64>,
    status: String,
    seq: Option<u64>,
    #[serde(default)]
    mismatch: bool,
    code: Option<String>,
    detail: Option<String>,
    #[serde(default)]
    errors: Vec<FieldJson>,
    retry_after: Option<u64>,
}

/// What is wrong with one field.
#[derive(Deserialize)]
struct FieldJson {
    field: String,
    detail: String,
}

/// Most fields of which a reason tells.
const FIELDS_MAX: usize = 3;

impl Reason {
    /// Makes a reason that can be shown.
    pub(super) fn new(code: &str, detail: &str) -> Self {
        let shown = |text: &str| -> String {
            output::plain(&Value::from(text)).chars().take(DETAIL_LEN_MAX).collect()
        };
        Self { code: shown(code), detail: shown(detail) }
    }

    /// The same where several fields are wrong: the first of them say more than their number.
    fn of_fields(code: &str, detail: &str, errors: &[FieldJson]) -> Self {
        if errors.len() < 2 {
            return Self::new(code, detail);
        }
        let told: Vec<String> = errors
            .iter()
            .take(FIELDS_MAX)
            .map(|error| format!("`{}` {}", error.field, error.detail))
            .collect();
        let more = if errors.len() > FIELDS_MAX { " …" } else { "" };
        Self::new(code, &format!("{}{more}", told.join("; ")))
    }

    /// Reads problem details; of anything else the status is the reason.
    pub(super) fn of_problem(status: u16, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Problem {
            code: String,
            #[serde(default)]
            detail: String,
            #[serde(default)]
            errors: Vec<FieldJson>,
        }
        match serde_json::from_slice::<Problem>(body) {
            Ok(problem) => Self::of_fields(&problem.code, &problem.detail, &problem.errors),
            Err(_) => Self::new(&format!("http_{status}"), &format!("the answer was {status} and no more")),
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl Word {
    /// Reads a line; says what is wrong with one that makes no sense.
    pub(super) fn read(line: &[u8]) -> Result<Self, String> {
        let odd = || {
            let text: String = String::from_utf8_lossy(line).chars().take(80).collect();
            format!("the answer holds `{}`, which makes no sense here", output::plain(&Value::from(text)))
        };
        let word: WordJson = serde_json::from_slice(line).map_err(|_error| odd())?;
        let reason = || {
            let (code, detail) = (word.code.as_deref(), word.detail.as_deref());
            Reason::of_fields(code.unwrap_or_default(), detail.unwrap_or_default(), &word.errors)
        };
        let verdict = match (&*word.status, word.seq) {
            ("accepted", Some(seq)) => Verdict::Stored { seq },
            ("duplicate", Some(seq)) => Verdict::Repeat { seq, mismatch: word.mismatch },
            ("refused", _) => Verdict::Refused(reason()),
            ("unavailable", _) => {
                return Ok(Self::Unavailable(reason(), word.retry_after.map(Duration::from_secs)));
            }
            _ => return Err(odd()),
        };
        Ok(Self::Verdict(word.line.ok_or_else(odd)?, verdict))
    }
}

/// Puts lines together from pieces of a body.
#[derive(Debug, Default)]
pub(super) struct LineBuffer {
    bytes: Vec<u8>,
}

impl LineBuffer {
    /// Adds a piece and hands on every line that it completes; blank ones are passed over.
    pub(super) fn add(
        &mut self,
        mut piece: &[u8],
        hand_on: &mut impl FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<(), String> {
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = piece.split_at(end);
            self.bytes.extend_from_slice(line);
            if !self.bytes.trim_ascii().is_empty() {
                hand_on(&self.bytes)?;
            }
            self.bytes.clear();
            piece = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        self.bytes.extend_from_slice(piece);
        if self.bytes.len() > LINE_BYTES_MAX {
            return Err("the answer has a line that is too long".to_owned());
        }
        Ok(())
    }

    /// Tells whether the body ended in the middle of a line.
    pub(super) fn is_torn(&self) -> bool {
        !self.bytes.trim_ascii().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_kind_of_line_is_read() {
        let read = |text: &str| Word::read(text.as_bytes());
        let accepted = read(r#"{"line":1,"status":"accepted","seq":123,"idempotency_key":"K/1"}"#);
        assert_eq!(accepted, Ok(Word::Verdict(1, Verdict::Stored { seq: 123 })));
        let repeat = read(r#"{"line":2,"status":"duplicate","seq":7,"mismatch":true}"#);
        assert_eq!(repeat, Ok(Word::Verdict(2, Verdict::Repeat { seq: 7, mismatch: true })));
        let refused = read(r#"{"line":3,"status":"refused","code":"invalid_json","detail":"x\u001by"}"#);
        let reason = Reason { code: "invalid_json".into(), detail: "x\\u{1b}y".into() };
        assert_eq!(refused, Ok(Word::Verdict(3, Verdict::Refused(reason))));
        let unavailable =
            read(r#"{"line":4,"status":"unavailable","code":"draining","detail":"d","retry_after":5}"#);
        let reason = Reason { code: "draining".into(), detail: "d".into() };
        assert_eq!(unavailable, Ok(Word::Unavailable(reason, Some(Duration::from_secs(5)))));
        for odd in
            ["", "x", "{}", r#"{"line":1,"status":"accepted"}"#, r#"{"status":"accepted","seq":1}"#, "<html>"]
        {
            assert!(read(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_problem_is_read_and_anything_else_is_named_by_its_status() {
        let problem = Reason::of_problem(401, br#"{"code":"token_unknown","detail":"d","status":401}"#);
        assert_eq!(problem.to_string(), "token_unknown: d");
        assert_eq!(Reason::of_problem(404, b"<html>").code, "http_404");
    }

    proptest! {
        #[test]
        fn lines_are_put_together_from_any_pieces(text in "[ab\n]{0,60}", sizes in proptest::collection::vec(1_usize..9, 60)) {
            let (mut buffer, mut rest, mut lines) = (LineBuffer::default(), text.as_bytes(), Vec::new());
            for size in sizes {
                let (piece, after) = rest.split_at(size.min(rest.len()));
                buffer.add(piece, &mut |line| { lines.push(line.to_vec()); Ok(()) }).unwrap();
                rest = after;
            }
            let complete = text.rsplit_once('\n').map_or("", |(complete, _)| complete);
            let expected: Vec<_> = complete.split('\n').filter(|line| !line.is_empty()).map(|line| line.as_bytes().to_vec()).collect();
            prop_assert_eq!(lines, expected);
            prop_assert_eq!(buffer.is_torn(), !text.is_empty() && !text.ends_with('\n'));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Word::read(&bytes);
            let _ = Reason::of_problem(400, &bytes);
        }
    }
}
