//! Sessions of operators.

use crate::api::parameters::{OPERATOR_FILTER, OPERATOR_NAMED, SESSION};
use crate::api::tags;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{ADMIN, Handler, Route};
use axum::response::Response;
use serde::Serialize;

/// A session of an operator.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Session")]
pub(crate) struct SessionJson<'a> {
    id: String,
    operator: &'a str,
    began_at: Timestamp,
    /// When a request last came with it, to the minute.
    seen_at: Timestamp,
    /// The address that signed in.
    address: &'a str,
    /// What the browser called itself.
    agent: &'a str,
}

impl<'a> From<&'a Session> for SessionJson<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            id: session.id(),
            operator: &session.operator,
            began_at: session.began_at,
            seen_at: session.seen_at,
            address: &session.address,
            agent: &session.agent,
        }
    }
}

/// Open sessions.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Sessions")]
pub(crate) struct SessionsJson<'a> {
    pub(crate) sessions: Vec<SessionJson<'a>>,
}

/// How many sessions have ended.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "EndedSessions")]
pub(crate) struct EndedSessionsJson<'a> {
    pub(crate) operator: &'a str,
    pub(crate) ended: usize,
}

/// Lists open sessions, of one operator or all.
pub(crate) fn list_sessions(call: &Call<'_>) -> Result<Response, Problem> {
    let parameters = Parameters::read(call.query(), &["operator"]);
    let operator = parameters.text("operator").map(str::to_owned);
    parameters.finish()?;
    let sessions = call.services()?.sessions.list_all();
    let wanted =
        sessions.iter().filter(|one| operator.as_ref().is_none_or(|operator| one.operator == *operator));
    Ok(call::shown(&SessionsJson { sessions: wanted.map(SessionJson::from).collect() }))
}

pub(crate) fn end_session(call: &Call<'_>) -> Result<Response, Problem> {
    call.services()?.operators.end_session(&call.actor(), call.param("session"))?;
    Ok(call::no_content())
}

pub(crate) fn end_sessions(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), &["operator"]);
    let operator = parameters.text("operator").unwrap_or_default().to_owned();
    if operator.is_empty() {
        parameters.refuse("operator", "missing; hint: name whose sessions end, such as ?operator=jo");
    }
    parameters.finish()?;
    let ended = call.services()?.operators.end_sessions(&call.actor(), &operator)?;
    Ok(call::shown(&EndedSessionsJson { operator: &operator, ended }))
}

static LIST_SESSIONS: Operation = Operation::new(&tags::OPERATORS, "listSessions", "Lists open sessions")
    .detail("The one used last first.")
    .parameters(&[OPERATOR_FILTER])
    .answers::<SessionsJson<'static>>("The sessions.");

static END_SESSION: Operation = Operation::new(&tags::OPERATORS, "endSession", "Ends a session")
    .parameters(&[SESSION])
    .done("It is over.");

static END_SESSIONS: Operation =
    Operation::new(&tags::OPERATORS, "endSessions", "Ends all sessions of an operator")
        .parameters(&[OPERATOR_NAMED])
        .answers::<EndedSessionsJson<'static>>("They are over.")
        .refuses(&[Code::NotFound]);

pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/sessions", ADMIN, Handler::Now(list_sessions), &LIST_SESSIONS),
    Route::delete("/api/v1/sessions", ADMIN, Handler::Now(end_sessions), &END_SESSIONS),
    Route::delete("/api/v1/sessions/{session}", ADMIN, Handler::Now(end_session), &END_SESSION),
];
