//! Operators.

use crate::api::sessions::SessionJson;
use crate::api::tags;
use crate::domain::operator::Operator;
use crate::domain::secret::Secret;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::route::{ADMIN, Handler, Route, handler};
use crate::services::operators::{NewOperator, NewPassword, OperatorChange};
use axum::response::Response;
use serde::Serialize;

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

/// What a reset answers.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "ResetPassword")]
pub(crate) struct ResetPasswordJson<'a> {
    pub(crate) name: &'a str,
    /// The password, if it was made: shown once and kept nowhere. Null if it was sent.
    pub(crate) password: Option<&'a str>,
}

/// Lists operators: all of them, because they are people.
pub(crate) fn list_operators(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let (operators, sessions) = (services.operators.list(), services.sessions.list_all());
    let operators = operators.iter().map(|one| OperatorJson::new(one, &sessions)).collect();
    Ok(call::shown(&OperatorsJson { operators }))
}

pub(crate) fn find_operator(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let operator = services.operators.find(call.param("operator"))?;
    let sessions = services.sessions.list(&operator.name);
    Ok(call::shown(&OperatorJson::new(&operator, &sessions).with_sessions(&sessions)))
}

/// Creates an operator. A password that was made is in this answer alone.
async fn create_operator(call: &Call<'_>) -> Result<Response, Problem> {
    let new = call.json().await?;
    let (operator, made) = call.services()?.operators.create(call.request(), new).await?;
    let shown = OperatorJson::new(&operator, &[]).with_password(made.as_ref());
    Ok(call::created(&shown, &operator.place()))
}

async fn change_operator(call: &Call<'_>) -> Result<Response, Problem> {
    let OperatorChange { role } = call.json().await?;
    let services = call.services()?;
    let operator = services.operators.set_role(call.actor(), call.param("operator"), role).await?;
    Ok(call::shown(&OperatorJson::new(&operator, &services.sessions.list(&operator.name))))
}

/// Recovers an operator: another password, no second factor, no sessions.
async fn reset_password(call: &Call<'_>) -> Result<Response, Problem> {
    let (operators, name) = (&call.services()?.operators, call.param("operator"));
    let made = operators.reset(call.request(), name, call.optional_json().await?).await?;
    let password = made.as_ref().map(Secret::expose);
    Ok(call::changed(&ResetPasswordJson { name, password }, &operators.find(name)?.place()))
}

/// Deletes an operator; the last owner stays.
pub(crate) async fn delete_operator(call: &Call<'_>) -> Result<Response, Problem> {
    call.services()?.operators.delete(call.actor(), call.param("operator")).await?;
    Ok(call::no_content())
}

static LIST_OPERATORS: Operation = Operation::new(&tags::OPERATORS, "listOperators", "Lists operators")
    .detail("All of them: there are 256 at most.")
    .answers::<OperatorsJson<'static>>("All of them.");

static CREATE_OPERATOR: Operation = Operation::new(&tags::OPERATORS, "createOperator", "Creates an operator")
    .detail("Without a password one is made; it stands in this answer alone, and in no repeat.")
    .body::<NewOperator>()
    .creates::<OperatorJson<'static>>("The operator is there.")
    .refuses(&[Code::InvalidSlug, Code::Exists, Code::TooMany, Code::Unacceptable]);

static FIND_OPERATOR: Operation =
    Operation::new(&tags::OPERATORS, "showOperator", "Shows an operator with the open sessions")
        .answers::<OperatorJson<'static>>("The operator.");

static CHANGE_OPERATOR: Operation =
    Operation::new(&tags::OPERATORS, "changeOperator", "Gives an operator another role")
        .detail("Their sessions end. The last owner stays one.")
        .body::<OperatorChange>()
        .answers::<OperatorJson<'static>>("The operator as it is now.")
        .refuses(&[Code::Unacceptable]);

static RESET_PASSWORD: Operation = Operation::new(&tags::OPERATORS, "resetPassword", "Recovers an operator who is locked out")
    .detail("Another password, no second factor, no sessions. Without a password one is made; it stands in this answer \
             alone, and in no repeat.")
    .optional_body::<NewPassword>()
    .answers::<ResetPasswordJson<'static>>("It is done.")
    .refuses(&[Code::Unacceptable]);

static DELETE_OPERATOR: Operation =
    Operation::new(&tags::OPERATORS, "deleteOperator", "Deletes an operator and ends the sessions")
        .detail("The last owner stays.")
        .done("The operator is gone.")
        .refuses(&[Code::Unacceptable]);

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
];
