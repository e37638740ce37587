//! One operator, and what can be done.

use super::view::{OperatorView, ROLES};
use crate::console::cookie;
use crate::console::form::{self, Faults, REQUEST};
use crate::console::frame::{Frame, Section, done, page, see_other};
use crate::console::making::{fresh_key, repeated};
use crate::console::sessions::SessionView;
use crate::domain::operator::Role;
use crate::domain::permission::Permission;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::services::operators::NewPassword;
use crate::services::refusal::Refusal;
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use http::header::SET_COOKIE;

/// Where operators are.
const OPERATORS: &str = "/console/operators/";

/// Attributes of a password that may be left to the appliance.
const PASSWORD: &str = "autocomplete=new-password minlength=12 maxlength=256";

#[derive(Template)]
#[template(path = "console/operator.html")]
struct OperatorPage {
    frame: Frame,
    one: OperatorView,
    /// Whether who looks may change anything.
    manages: bool,
    sessions: Vec<SessionView>,
    request: String,
    faults: Faults,
    /// The role that was chosen, or else the present one.
    role: String,
    /// A password that was made, shown once.
    made: Option<String>,
}

impl OperatorPage {
    fn address(&self, action: &str) -> String {
        format!("{OPERATORS}{}/{action}", self.one.name)
    }
}

/// What a page shows besides the operator.
#[derive(Default)]
struct Shown {
    faults: Faults,
    role: Option<String>,
    made: Option<String>,
}

impl Shown {
    fn fault(field: &'static str, detail: impl Into<String>) -> Self {
        Self { faults: Faults::one(field, detail), ..Self::default() }
    }
}

/// Shows an operator.
pub(in crate::console) fn show_operator(call: &Call<'_>) -> Result<Response, Problem> {
    one(call, call.param("operator"), Shown::default())
}

fn one(call: &Call<'_>, name: &str, shown: Shown) -> Result<Response, Problem> {
    let (services, now) = (call.services()?, call.edge.clock.now());
    let operator = services.operators.find(name)?;
    let frame = Frame::new(call, Section::Operators, format!("Operator {}", operator.name));
    let manages = frame.may(Permission::ManageOperators);
    let sessions = services.sessions.list(name);
    let viewer = call.signed_in();
    let status = if shown.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = OperatorPage {
        one: OperatorView::new(&operator, &sessions, &viewer.operator.name, now),
        manages,
        // Where others sign in from is for owners alone.
        sessions: if manages { SessionView::all(&sessions, &viewer.session, now) } else { Vec::new() },
        role: shown.role.unwrap_or_else(|| operator.role.as_str().to_owned()),
        request: fresh_key(call),
        faults: shown.faults,
        made: shown.made,
        frame,
    };
    page(status, &shown)
}

/// Gives an operator another role. Whoever changes their own says so once more and goes on with a new session.
pub(in crate::console) async fn change_role(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["role", "sure"]).await?;
    let (services, name) = (call.services()?, call.param("operator"));
    let viewer = call.signed_in();
    let chosen = form.text("role").to_owned();
    let refused = |field: &'static str, detail: String| {
        let shown = Shown { role: Some(chosen.clone()), ..Shown::fault(field, detail) };
        one(call, name, shown)
    };
    let Some(role) = Role::parse(&chosen) else { return refused("role", "Choose a role.".into()) };
    let is_self = viewer.operator.name == name;
    if is_self && role != viewer.operator.role && form.text("sure") != "yes" {
        return refused("sure", "Tick this to give up your own role.".into());
    }
    if let Err(refusal) = services.operators.set_role(call.actor(), name, role).await {
        return refused("role", refusal.to_string());
    }
    let mut response = done(&format!("{OPERATORS}{name}"), "saved");
    if is_self && role != viewer.operator.role {
        let begun = services.sessions.begin(name, call.gate.origin.address, &viewer.session.agent);
        response.headers_mut().insert(SET_COOKIE, cookie::set(&begun.text));
    }
    Ok(response)
}

/// Recovers an operator who is locked out; without a password one is made and shown once.
pub(in crate::console) async fn reset_password(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["password", REQUEST]).await?;
    let (operators, name) = (&call.services()?.operators, call.param("operator"));
    if call.signed_in().operator.name == name {
        // It would end this session and take the second factor away, unseen.
        let shown = Shown::fault("password", "This is your own account: change its password there.");
        return one(call, name, shown);
    }
    let new = NewPassword { password: form.new_password() };
    match operators.reset(form.request(call)?, name, new).await {
        Ok(Some(made)) => one(call, name, Shown { made: Some(made.expose().to_owned()), ..Shown::default() }),
        Ok(None) => Ok(done(&format!("{OPERATORS}{name}"), "saved")),
        Err(Refusal::Repeated { made }) => Ok(repeated(&made)),
        Err(refusal) => one(call, name, Shown::fault("password", refusal.to_string())),
    }
}

/// Ends one session of an operator, or all; one's own present session stays.
pub(in crate::console) async fn end_sessions_of(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["session"]).await?;
    let (services, name) = (call.services()?, call.param("operator"));
    services.operators.find(name)?;
    let viewer = call.signed_in();
    match form.text("session") {
        "all" if viewer.operator.name == name => services.sessions.end_others(&viewer.session),
        "all" => drop(services.operators.end_sessions(&call.actor(), name)?),
        id => {
            let session = services.sessions.list(name).into_iter().find(|session| session.id() == id);
            // One that has ended meanwhile is what was asked for.
            if session.is_some_and(|session| session.digest != viewer.session.digest) {
                services.operators.end_session(&call.actor(), id)?;
            }
        }
    }
    Ok(done(&format!("{OPERATORS}{name}"), "ended"))
}

/// Deletes an operator once the name was typed.
pub(in crate::console) async fn delete_operator(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["confirm"]).await?;
    let (operators, name) = (&call.services()?.operators, call.param("operator"));
    operators.find(name)?;
    if form.trimmed("confirm") != name {
        return one(call, name, Shown::fault("confirm", "That is not the name."));
    }
    if let Err(refusal) = operators.delete(call.actor(), name).await {
        return one(call, name, Shown::fault("confirm", refusal.to_string()));
    }
    if call.signed_in().operator.name == name {
        let mut response = see_other("/login");
        response.headers_mut().insert(SET_COOKIE, cookie::clear());
        return Ok(response);
    }
    Ok(done("/console/operators", "deleted"))
}
