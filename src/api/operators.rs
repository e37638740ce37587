//! Operators and their sessions.

use crate::api::parameters::{OPERATOR_FILTER, OPERATOR_NAMED, SESSION};
use crate::api::tags;
use crate::domain::agent::RequestMark;
use crate::domain::operator::{Operator, Role};
use crate::domain::secret::Secret;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::request::key;
use crate::http::request::query::Parameters;
use crate::http::route::{ADMIN, Handler, Route, handler};
use crate::services::operators::Once;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};

/// An operator, without password and second factor.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Operator")]
pub(crate) struct OperatorJson<'a> {
    name: &'a str,
    /// `owner`, `admin` or `viewer`.
    role: &'static str,
    /// Whether signing in asks for a code too.
    second_factor: bool,
    created_at: Timestamp,
    /// How many sessions are open.
    open_sessions: usize,
    /// When one of them was last used, to the minute; null: none is open.
    last_seen_at: Option<Timestamp>,
    /// Where the operator is shown alone: the open sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<SessionJson<'a>>>,
    /// A password that was made just now: shown once and kept nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
}

impl<'a> OperatorJson<'a> {
    /// Shows an operator; of the sessions those that are theirs count, the one used last first.
    pub(crate) fn new(operator: &'a Operator, sessions: &[Session]) -> Self {
        let mut own = sessions.iter().filter(|session| session.operator == operator.name);
        let last_seen_at = own.clone().map(|session| session.seen_at).max();
        Self {
            name: &operator.name,
            role: operator.role.as_str(),
            second_factor: operator.totp.is_some(),
            created_at: operator.created_at,
            open_sessions: own.by_ref().count(),
            last_seen_at,
            sessions: None,
            password: None,
        }
    }

    /// Lists the sessions too.
    #[must_use]
    pub(crate) fn with_sessions(self, sessions: &'a [Session]) -> Self {
        Self { sessions: Some(sessions.iter().map(SessionJson::from).collect()), ..self }
    }

    /// Shows a password that was made just now.
    #[must_use]
    pub(crate) fn with_password(self, made: Option<&'a Secret>) -> Self {
        Self { password: made.map(Secret::expose), ..self }
    }
}

/// All operators.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Operators")]
pub(crate) struct OperatorsJson<'a> {
    pub(crate) operators: Vec<OperatorJson<'a>>,
}

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

/// What an operator may do.
#[derive(Clone, Copy, Debug, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleJson {
    Owner,
    Admin,
    Viewer,
}

impl From<RoleJson> for Role {
    fn from(role: RoleJson) -> Self {
        match role {
            RoleJson::Owner => Self::Owner,
            RoleJson::Admin => Self::Admin,
            RoleJson::Viewer => Self::Viewer,
        }
    }
}

/// Somebody who is to run the appliance.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "NewOperator")]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOperatorJson {
    /// Login name: a slug.
    pub(crate) name: String,
    pub(crate) role: RoleJson,
    /// 12 to 256 characters; without one a password is made and shown once.
    #[schemars(with = "Option<String>")]
    pub(crate) password: Option<Secret>,
}

/// What is to change of an operator.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "OperatorChange")]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorChangeJson {
    pub(crate) role: RoleJson,
}

/// Another password for an operator.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "NewPassword")]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasswordJson {
    /// 12 to 256 characters; without one a password is made and shown once.
    #[schemars(with = "Option<String>")]
    pub(crate) password: Option<Secret>,
}

/// What a reset answers.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "ResetPassword")]
pub(crate) struct ResetPasswordJson<'a> {
    pub(crate) name: &'a str,
    /// The password, if it was made: shown once and kept nowhere. Null if it was sent.
    pub(crate) password: Option<&'a str>,
}

/// Where operators are.
const OPERATORS: &str = "/api/v1/operators/";

/// Lists operators: all of them, because they are people.
pub(crate) fn list_operators(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let (operators, sessions) = (services.operators.list(), services.sessions.list_all());
    let operators = operators.iter().map(|one| OperatorJson::new(one, &sessions)).collect();
    Ok(call::uncached(call::json(StatusCode::OK, &OperatorsJson { operators })))
}

/// Shows an operator with the open sessions.
pub(crate) fn find_operator(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let operator = services.operators.find(call.param("operator"))?;
    let sessions = services.sessions.list(&operator.name);
    let body = OperatorJson::new(&operator, &sessions).with_sessions(&sessions);
    Ok(call::shown(&body))
}

/// Creates an operator: 201, or 204 when the same request came before. A password that was made is in the first alone.
pub(crate) async fn create_operator(call: &Call<'_>) -> Result<Response, Problem> {
    let mark = key::sent(&call.parts.headers)?.map(|key| RequestMark::new("create-operator", &key));
    let new = call.json::<NewOperatorJson>().await?;
    let operators = &call.services()?.operators;
    let made = if new.password.is_none() { Some(operators.draw_password()) } else { None };
    let password = new.password.as_ref().or(made.as_ref()).expect("one is made where none was sent");
    let once = operators.create_once(call.actor(), &new.name, new.role.into(), password, mark).await?;
    if once == Once::Repeated {
        return Ok(call::located(call::no_content(), &format!("{OPERATORS}{}", new.name)));
    }
    let operator = operators.find(&new.name)?;
    let shown = OperatorJson::new(&operator, &[]).with_password(made.as_ref());
    Ok(call::located(call::json(StatusCode::CREATED, &shown), &format!("{OPERATORS}{}", operator.name)))
}

/// Gives an operator another role.
pub(crate) async fn change_operator(call: &Call<'_>) -> Result<Response, Problem> {
    let change = call.json::<OperatorChangeJson>().await?;
    let (services, name) = (call.services()?, call.param("operator"));
    let operator = services.operators.set_role(call.actor(), name, change.role.into()).await?;
    let shown = OperatorJson::new(&operator, &services.sessions.list(&operator.name));
    Ok(call::shown(&shown))
}

/// Recovers an operator: another password, no second factor, no sessions. 204 when the same request came before.
pub(crate) async fn reset_password(call: &Call<'_>) -> Result<Response, Problem> {
    let name = call.param("operator");
    let mark = key::sent(&call.parts.headers)?.map(|key| RequestMark::new("reset-password", &key));
    let sent = call.optional_json::<NewPasswordJson>().await?.password;
    let operators = &call.services()?.operators;
    let made = if sent.is_none() { Some(operators.draw_password()) } else { None };
    let password = sent.as_ref().or(made.as_ref()).expect("one is made where none was sent");
    let response = match operators.reset_once(call.actor(), name, password, mark).await? {
        Once::Repeated => call::no_content(),
        Once::Done => {
            let password = made.as_ref().map(Secret::expose);
            call::json(StatusCode::OK, &ResetPasswordJson { name, password })
        }
    };
    Ok(call::located(response, &format!("{OPERATORS}{name}")))
}

/// Deletes an operator; the last owner stays.
pub(crate) async fn delete_operator(call: &Call<'_>) -> Result<Response, Problem> {
    call.services()?.operators.delete(call.actor(), call.param("operator")).await?;
    Ok(call::no_content())
}

/// Lists open sessions, of one operator or all.
pub(crate) fn list_sessions(call: &Call<'_>) -> Result<Response, Problem> {
    let parameters = Parameters::read(call.query(), &["operator"]);
    let operator = parameters.text("operator").map(str::to_owned);
    parameters.finish()?;
    let sessions = call.services()?.sessions.list_all();
    let wanted =
        sessions.iter().filter(|one| operator.as_ref().is_none_or(|operator| one.operator == *operator));
    let body = SessionsJson { sessions: wanted.map(SessionJson::from).collect() };
    Ok(call::shown(&body))
}

/// Ends a session.
pub(crate) fn end_session(call: &Call<'_>) -> Result<Response, Problem> {
    call.services()?.operators.end_session(&call.actor(), call.param("session"))?;
    Ok(call::no_content())
}

/// Ends all sessions of an operator.
pub(crate) fn end_sessions(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), &["operator"]);
    let operator = parameters.text("operator").unwrap_or_default().to_owned();
    if operator.is_empty() {
        parameters.refuse("operator", "missing; hint: name whose sessions end, such as ?operator=jo");
    }
    parameters.finish()?;
    let ended = call.services()?.operators.end_sessions(&call.actor(), &operator)?;
    let body = EndedSessionsJson { operator: &operator, ended };
    Ok(call::shown(&body))
}

static LIST_OPERATORS: Operation = Operation::new(&tags::OPERATORS, "listOperators", "Lists operators")
    .detail("All of them: there are 256 at most.")
    .answers::<OperatorsJson<'static>>("All of them.");

static CREATE_OPERATOR: Operation = Operation::new(&tags::OPERATORS, "createOperator", "Creates an operator")
    .detail("Without a password one is made; it stands in this answer alone, and in no repeat.")
    .body::<NewOperatorJson>()
    .creates::<OperatorJson<'static>>("The operator is there.")
    .refuses(&[Code::InvalidSlug, Code::Exists, Code::TooMany, Code::Unacceptable]);

static FIND_OPERATOR: Operation =
    Operation::new(&tags::OPERATORS, "showOperator", "Shows an operator with the open sessions")
        .answers::<OperatorJson<'static>>("The operator.");

static CHANGE_OPERATOR: Operation =
    Operation::new(&tags::OPERATORS, "changeOperator", "Gives an operator another role")
        .detail("Their sessions end. The last owner stays one.")
        .body::<OperatorChangeJson>()
        .answers::<OperatorJson<'static>>("The operator as it is now.")
        .refuses(&[Code::Unacceptable]);

static RESET_PASSWORD: Operation = Operation::new(&tags::OPERATORS, "resetPassword", "Recovers an operator who is locked out")
    .detail("Another password, no second factor, no sessions. Without a password one is made; it stands in this answer \
             alone, and in no repeat. The last eight keys of an operator are remembered.")
    .optional_body::<NewPasswordJson>()
    .answers::<ResetPasswordJson<'static>>("It is done.")
    .refuses(&[Code::Unacceptable]);

static DELETE_OPERATOR: Operation =
    Operation::new(&tags::OPERATORS, "deleteOperator", "Deletes an operator and ends the sessions")
        .detail("The last owner stays.")
        .done("The operator is gone.")
        .refuses(&[Code::Unacceptable]);

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

/// The routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/operators", ADMIN, Handler::Now(list_operators), &LIST_OPERATORS),
    Route::post("/api/v1/operators", ADMIN, handler!(create_operator), &CREATE_OPERATOR),
    Route::get("/api/v1/operators/{operator}", ADMIN, Handler::Now(find_operator), &FIND_OPERATOR),
    Route::patch("/api/v1/operators/{operator}", ADMIN, handler!(change_operator), &CHANGE_OPERATOR),
    Route::post(
        "/api/v1/operators/{operator}/reset-password",
        ADMIN,
        handler!(reset_password),
        &RESET_PASSWORD,
    ),
    Route::delete("/api/v1/operators/{operator}", ADMIN, handler!(delete_operator), &DELETE_OPERATOR),
    Route::get("/api/v1/sessions", ADMIN, Handler::Now(list_sessions), &LIST_SESSIONS),
    Route::delete("/api/v1/sessions", ADMIN, Handler::Now(end_sessions), &END_SESSIONS),
    Route::delete("/api/v1/sessions/{session}", ADMIN, Handler::Now(end_session), &END_SESSION),
];
