//! What the appliance answers: one JSON line for each record, or problem details (RFC 9457) for the whole request.

use crate::cli::client::ToldProblem;
use crate::cli::output;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Longest reason that is kept, in characters.
const DETAIL_LEN_MAX: usize = 300;

/// Most fields that a reason names.
const FIELDS_MAX: usize = 3;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub(super) enum Answer {
    /// The record is stored now, at a place in the ledger.
    Accepted { line: u64, seq: u64 },
    /// The record's key was known from the event at that place, which may have another payload.
    Duplicate {
        line: u64,
        seq: u64,
        #[serde(default)]
        mismatch: bool,
    },
    /// The record was refused and will always be.
    Refused {
        line: u64,
        #[serde(flatten)]
        reason: Reason,
    },
    /// The appliance cannot go on now and asks for some seconds; this line and those after it were not looked at.
    Unavailable {
        retry_after: Option<u64>,
        #[serde(flatten)]
        reason: Reason,
    },
}

/// Why something was refused, fit for a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "ToldProblem")]
pub(super) struct Reason {
    /// Stable word.
    pub(super) code: String,
    /// What happened and what to do.
    pub(super) detail: String,
}

impl Answer {
    /// Reads a line; says what is wrong with one that makes no sense.
    pub(super) fn read(line: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(line).map_err(|_error| {
            let text: String = String::from_utf8_lossy(line).chars().take(80).collect();
            format!("the answer holds `{}`, which makes no sense here", output::plain(&Value::from(text)))
        })
    }
}

impl Reason {
    pub(super) fn new(code: &str, detail: &str) -> Self {
        let shown = |text: &str| output::plain(&Value::from(text)).chars().take(DETAIL_LEN_MAX).collect();
        Self { code: shown(code), detail: shown(detail) }
    }

    /// Reads problem details; of anything else the status is the reason.
    pub(super) fn of_problem(status: u16, body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_else(|_error| {
            Self::new(&format!("http_{status}"), &format!("the answer was {status} and no more"))
        })
    }
}

impl TryFrom<ToldProblem> for Reason {
    type Error = &'static str;

    /// Where several fields are wrong, the first of them say more than their number.
    fn try_from(problem: ToldProblem) -> Result<Self, &'static str> {
        let ToldProblem { code, detail, errors } = problem;
        let code = code.ok_or("the problem has no code")?;
        if errors.len() < 2 {
            return Ok(Self::new(&code, &detail.unwrap_or_default()));
        }
        let fields =
            errors.iter().take(FIELDS_MAX).map(|error| format!("`{}` {}", error.field, error.detail));
        let more = if errors.len() > FIELDS_MAX { " …" } else { "" };
        Ok(Self::new(&code, &(fields.collect::<Vec<_>>().join("; ") + more)))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_kind_of_line_is_read() {
        let read = |text: &str| Answer::read(text.as_bytes());
        let accepted = read(r#"{"line":1,"status":"accepted","seq":123,"idempotency_key":"K/1"}"#);
        assert_eq!(accepted, Ok(Answer::Accepted { line: 1, seq: 123 }));
        let repeat = read(r#"{"line":2,"status":"duplicate","seq":7,"mismatch":true}"#);
        assert_eq!(repeat, Ok(Answer::Duplicate { line: 2, seq: 7, mismatch: true }));
        let refused = read(r#"{"line":3,"status":"refused","code":"invalid_json","detail":"x\u001by"}"#);
        let reason = Reason { code: "invalid_json".into(), detail: "x\\u{1b}y".into() };
        assert_eq!(refused, Ok(Answer::Refused { line: 3, reason }));
        let unavailable =
            read(r#"{"line":4,"status":"unavailable","code":"draining","detail":"d","retry_after":5}"#);
        let reason = Reason { code: "draining".into(), detail: "d".into() };
        assert_eq!(unavailable, Ok(Answer::Unavailable { retry_after: Some(5), reason }));
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
        let fields = br#"{"code":"invalid","detail":"2 fields are wrong","errors":[{"field":"a","detail":"b"},{"field":"c","detail":"d"}]}"#;
        assert_eq!(Reason::of_problem(422, fields).to_string(), "invalid: `a` b; `c` d");
        assert_eq!(Reason::of_problem(404, b"<html>").code, "http_404");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Answer::read(&bytes);
            let _ = Reason::of_problem(400, &bytes);
        }
    }
}
