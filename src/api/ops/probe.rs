//! What a prober wants to see, and may.

use crate::api::ops::report_body::{HEALTH_JSON, PassJson};
use crate::domain::scope::Scope;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::gate::Judged;
use crate::http::operation::{Answer, Content, Operation};
use crate::http::problem::{FieldError, Problem};
use crate::http::request::credential;
use crate::http::request::media::accepts_health;
use crate::http::request::query::decode;
use crate::http::route::{Found, Handler, Route, When, Who};
use crate::http::schemas::{text, written};
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

/// Most names of checks a request may leave out: more than there are checks.
const EXCLUDES_MAX: usize = 32;

/// Longest part of an unknown name that is shown.
const SHOWN_LEN_MAX: usize = 64;

/// What a prober wants to see. Unknown parameters are passed over: a probe that worked before an update works after.
/// Unknown names of checks are refused: a probe that leaves a check out by a mistyped name would fail with it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Probe {
    verbose: bool,
    excluded: Vec<String>,
}

impl Probe {
    /// Reads the query of a question to one check, of which nothing can be left out.
    pub(super) fn of_one(query: Option<&str>) -> Self {
        let values = pairs(query).filter(|(name, _)| *name == "verbose").map(|(_, value)| value);
        let verbose = values.last().is_some_and(|value| !matches!(value, "false" | "0"));
        Self { verbose, excluded: Vec::new() }
    }

    /// Reads the query of a question to these checks.
    pub(super) fn read(query: Option<&str>, known: &[&str]) -> Result<Self, Problem> {
        let mut probe = Self::of_one(query);
        for (_, value) in pairs(query).filter(|(name, _)| *name == "exclude") {
            let names = decode(value).ok_or_else(|| refuse("is not percent-encoded UTF-8", known))?;
            for name in names.split(',').filter(|name| !name.is_empty()) {
                if !known.contains(&name) {
                    let shown: String = name.chars().take(SHOWN_LEN_MAX).collect();
                    return Err(refuse(&format!("names {shown:?}, which is no check"), known));
                }
                if probe.excluded.len() == EXCLUDES_MAX {
                    return Err(refuse("holds more than 32 names", known));
                }
                probe.excluded.push(name.to_owned());
            }
        }
        Ok(probe)
    }

    pub(super) fn wants(&self, check: &str) -> bool {
        !self.excluded.iter().any(|excluded| excluded == check)
    }

    /// Answers in the form that is asked for. Lines are details, and go to nobody who may not see them; `json` is told
    /// whether the caller may.
    pub(super) fn answer<T: Serialize>(
        &self,
        call: &Call<'_>,
        status: StatusCode,
        lines: impl FnOnce() -> String,
        pass: impl FnOnce() -> PassJson,
        json: impl FnOnce(bool) -> T,
    ) -> Response {
        let operator = may_see_details(call);
        call::uncached(if operator && self.verbose {
            call::answer(status, "text/plain; charset=utf-8", lines())
        } else if accepts_health(&call.parts.headers) {
            let body = if operator { pass() } else { pass().without_details() };
            call::answer(status, HEALTH_JSON, call::to_json(&body))
        } else {
            call::json(status, &json(operator))
        })
    }
}

/// Describes an answer that is written in every form.
pub(super) const fn described<T: JsonSchema>(status: u16, meaning: &'static str) -> Answer {
    let contents = const {
        &[
            Content::json(written::<T>),
            Content::of(HEALTH_JSON, written::<PassJson>),
            Content::of("text/plain", text),
        ]
    };
    Answer::of(status, meaning, contents)
}

/// Returns a route that health is asked at: by anybody, and never refused.
pub(super) const fn route(
    path: &'static str,
    when: When,
    handler: Handler,
    operation: &'static Operation,
) -> Route {
    Route::get(path, Who::Anyone, handler, operation).when(when).on(Found::Operations).judged(Judged::Never)
}

/// Returns 200 if traffic may come, else 503.
pub(super) fn status_of(ready: bool) -> StatusCode {
    if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

/// Returns names and values of a query.
fn pairs(query: Option<&str>) -> impl Iterator<Item = (&str, &str)> {
    query.unwrap_or_default().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn refuse(reason: &str, known: &[&str]) -> Problem {
    let detail = format!("{reason}; hint: leave out some of {}", known.join(", "));
    Problem::fields(Code::InvalidQuery, vec![FieldError::new("exclude", detail)])
}

/// Tells whether the caller may read `/metrics`, and so all there is to tell; strangers get the word alone. A token that
/// does not work makes a stranger: health is answered whatever is sent.
pub(super) fn may_see_details(call: &Call<'_>) -> bool {
    call.gate.origin.may_operate(call.options) || has_token(call)
}

fn has_token(call: &Call<'_>) -> bool {
    let Some(services) = call.services else { return false };
    let Ok(Some(presented)) = credential::presented(&call.parts.headers) else { return false };
    let caller = services.access.authenticate(presented);
    // Health is told to everybody, but it is no place to try tokens at.
    call.gate.note_token(&caller);
    caller.is_ok_and(|caller| services.access.operate(&caller, Scope::MetricsRead).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOWN: [&str; 3] = ["database", "disk", "a"];

    #[test]
    fn checks_can_be_left_out_and_spelled_out() {
        let probe = Probe::read(Some("verbose&exclude=disk&exclude=a%2Cdisk,&x=1&exclude="), &KNOWN).unwrap();
        assert_eq!(probe, Probe { verbose: true, excluded: vec!["disk".into(), "a".into(), "disk".into()] });
        assert!(probe.wants("database") && !probe.wants("a"));
        assert_eq!(Probe::read(Some("verbose=0"), &KNOWN).unwrap(), Probe::default());
        assert_eq!(Probe::read(None, &KNOWN).unwrap(), Probe::default());
        assert_eq!(Probe::of_one(Some("exclude=nobody")), Probe::default());
    }

    #[test]
    fn a_check_that_is_none_is_named_with_those_that_are() {
        for (query, reason) in [
            ("exclude=disk,dsik", "names \"dsik\", which is no check"),
            ("exclude=%ff", "is not percent-encoded UTF-8"),
            (&format!("exclude={}", "a,".repeat(33)), "holds more than 32 names"),
        ] {
            let problem = Probe::read(Some(query), &KNOWN).unwrap_err();
            assert_eq!((problem.code, problem.errors[0].field.as_str()), (Code::InvalidQuery, "exclude"));
            let expected = format!("{reason}; hint: leave out some of database, disk, a");
            assert_eq!(problem.errors[0].detail, expected);
        }
    }

    proptest! {
        #[test]
        fn any_query_is_a_wish_or_refused(query in "((exclude|verbose)?=?([ -~,%]{0,80}|a|disk)&){0,60}") {
            if let Ok(probe) = Probe::read(Some(&query), &KNOWN) {
                prop_assert!(probe.excluded.len() <= EXCLUDES_MAX);
            }
        }
    }
}
