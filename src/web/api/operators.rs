//! Operators and their sessions.

use crate::domain::agent::RequestMark;
use crate::services::operators::Once;
use crate::web::api::reading::{actor, read_json, read_json_or_nothing};
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::request::key;
use crate::web::request::query::Parameters;
use crate::web::wire::operator::{
    EndedSessionsJson, NewOperatorJson, NewPasswordJson, OperatorChangeJson, OperatorJson, OperatorsJson,
    ResetPasswordJson, SessionJson, SessionsJson,
};
use axum::body::Body;
use axum::response::Response;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

/// Where operators are.
const OPERATORS: &str = "/api/v1/operators/";

/// Where sessions are.
const SESSIONS: &str = "/api/v1/sessions/";

/// Lists operators: all of them, because they are people.
pub(in crate::web) fn list_operators(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let (operators, sessions) = (services.operators.list(), services.sessions.list_all());
    let operators = operators.iter().map(|one| OperatorJson::new(one, &sessions)).collect();
    Ok(call::uncached(call::json(StatusCode::OK, &OperatorsJson { operators })))
}

/// Shows an operator with the open sessions.
pub(in crate::web) fn find_operator(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let operator = services.operators.find(call.segment(OPERATORS, ""))?;
    let sessions = services.sessions.list(&operator.name);
    let body = OperatorJson::new(&operator, &sessions).with_sessions(&sessions);
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

/// Creates an operator: 201, or 204 when the same request came before. A password that was made is in the first alone.
pub(in crate::web) async fn create_operator(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let mark = key::sent(&call.parts.headers)?.map(|key| RequestMark::new("create-operator", &key));
    let new = read_json::<NewOperatorJson>(call, body).await?;
    let operators = &call.services()?.operators;
    let made = if new.password.is_none() { Some(operators.draw_password()) } else { None };
    let password = new.password.as_ref().or(made.as_ref()).expect("one is made where none was sent");
    let once = operators.create_once(actor(call), &new.name, new.role.into(), password, mark).await?;
    if once == Once::Repeated {
        return Ok(located(call::no_content(), &new.name));
    }
    let operator = operators.find(&new.name)?;
    let shown = OperatorJson::new(&operator, &[]).with_password(made.as_ref());
    Ok(located(call::uncached(call::json(StatusCode::CREATED, &shown)), &operator.name))
}

/// Gives an operator another role.
pub(in crate::web) async fn change_operator(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let change = read_json::<OperatorChangeJson>(call, body).await?;
    let (services, name) = (call.services()?, call.segment(OPERATORS, ""));
    let operator = services.operators.set_role(actor(call), name, change.role.into()).await?;
    let shown = OperatorJson::new(&operator, &services.sessions.list(&operator.name));
    Ok(call::uncached(call::json(StatusCode::OK, &shown)))
}

/// Recovers an operator: another password, no second factor, no sessions. 204 when the same request came before.
pub(in crate::web) async fn reset_password(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let name = call.segment(OPERATORS, "/reset-password");
    let mark = key::sent(&call.parts.headers)?.map(|key| RequestMark::new("reset-password", &key));
    let sent = read_json_or_nothing::<NewPasswordJson>(call, body).await?.password;
    let operators = &call.services()?.operators;
    let made = if sent.is_none() { Some(operators.draw_password()) } else { None };
    let password = sent.as_ref().or(made.as_ref()).expect("one is made where none was sent");
    Ok(match operators.reset_once(actor(call), name, password, mark).await? {
        Once::Repeated => located(call::no_content(), name),
        Once::Done => {
            let password = made.as_ref().map(crate::domain::secret::Secret::expose);
            let shown = ResetPasswordJson { name, password };
            call::uncached(call::json(StatusCode::OK, &shown))
        }
    })
}

/// Deletes an operator; the last owner stays.
pub(in crate::web) async fn delete_operator(call: &Call<'_>) -> Result<Response, Problem> {
    call.services()?.operators.delete(actor(call), call.segment(OPERATORS, "")).await?;
    Ok(call::no_content())
}

/// Lists open sessions, of one operator or all.
pub(in crate::web) fn list_sessions(call: &Call<'_>) -> Result<Response, Problem> {
    let parameters = Parameters::read(call.parts.uri.query(), &["operator"]);
    let operator = parameters.text("operator").map(str::to_owned);
    parameters.finish()?;
    let sessions = call.services()?.sessions.list_all();
    let wanted =
        sessions.iter().filter(|one| operator.as_ref().is_none_or(|operator| one.operator == *operator));
    let body = SessionsJson { sessions: wanted.map(SessionJson::from).collect() };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

/// Ends a session.
pub(in crate::web) fn end_session(call: &Call<'_>) -> Result<Response, Problem> {
    call.services()?.operators.end_session(&actor(call), call.segment(SESSIONS, ""))?;
    Ok(call::no_content())
}

/// Ends all sessions of an operator.
pub(in crate::web) fn end_sessions(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.parts.uri.query(), &["operator"]);
    let operator = parameters.text("operator").unwrap_or_default().to_owned();
    if operator.is_empty() {
        parameters.refuse("operator", "missing; hint: name whose sessions end, such as ?operator=jo");
    }
    parameters.finish()?;
    let ended = call.services()?.operators.end_sessions(&actor(call), &operator)?;
    let body = EndedSessionsJson { operator: &operator, ended };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

fn located(mut response: Response, name: &str) -> Response {
    let location = HeaderValue::from_str(&format!("{OPERATORS}{name}")).expect("a slug is plain text");
    response.headers_mut().insert(LOCATION, location);
    response
}
