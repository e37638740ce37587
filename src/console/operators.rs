//! The people who run the appliance.

use crate::console::cookie;
use crate::console::form::{self, Faults, Form, REQUEST, fresh_key};
use crate::console::frame::{Frame, Section, done, page, repeated, see_other};
use crate::console::words::Moment;
use crate::domain::operator::{Operator, Role};
use crate::domain::permission::Permission;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::route::{Handler, MANAGE, Route, SEE, handler};
use crate::services::operators::{NewOperator, NewPassword};
use crate::services::refusal::Refusal;
use askama::Template;
use axum::response::Response;

/// Attributes of the new operator's name.
const NAME: &str = "autocomplete=off autocapitalize=none spellcheck=false maxlength=64 required";

/// Attributes of a password that may be left to the appliance.
const PASSWORD: &str = "autocomplete=new-password minlength=12 maxlength=256";

#[derive(Template)]
#[template(path = "console/operators.html")]
struct OperatorsPage {
    frame: Frame,
    operators: Vec<OperatorView>,
    /// Whether who looks may add one.
    manages: bool,
    form: Form,
    faults: Faults,
    /// A name and the password that was made for it, shown once.
    made: Option<(String, String)>,
}

fn empty(call: &Call<'_>) -> Form {
    Form::filled(vec![(REQUEST, fresh_key(call))])
}

pub(super) fn show_operators(call: &Call<'_>) -> Result<Response, Problem> {
    list(call, empty(call), Faults::default(), None)
}

fn list(
    call: &Call<'_>,
    form: Form,
    faults: Faults,
    made: Option<(String, String)>,
) -> Result<Response, Problem> {
    let (services, now) = (call.services()?, call.edge.clock.now());
    let (viewer, sessions) = (&call.signed_in().operator.name, services.sessions.list_all());
    let operators = services.operators.list();
    let operators = operators.iter().map(|one| OperatorView::new(one, &sessions, viewer, now)).collect();
    let frame = Frame::new(call, Section::Operators, "Operators");
    let manages = frame.may(Permission::ManageOperators);
    page(faults.status(), &OperatorsPage { frame, operators, manages, form, faults, made })
}

/// Adds an operator; without a password one is made and shown once.
pub(super) async fn create_operator(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["name", "role", "password", REQUEST]).await?;
    let faults = match Role::parse(form.text("role")) {
        None => Faults::one("role", "Choose a role."),
        Some(role) => {
            let (name, password) = (form.trimmed("name").to_owned(), form.new_password());
            let new = NewOperator { name, role, password };
            match call.services()?.operators.create(form.request(call)?, new).await {
                Ok((operator, Some(made))) => {
                    let made = Some((operator.name.clone(), made.expose().to_owned()));
                    return list(call, empty(call), Faults::default(), made);
                }
                Ok((_operator, None)) => return Ok(done("/console/operators", "saved")),
                Err(Refusal::Repeated { made }) => return Ok(repeated(&made)),
                Err(refusal) => Faults::of_refusal(&refusal),
            }
        }
    };
    list(call, form, faults, None)
}

const OPERATORS: &str = "/console/operators/";

#[derive(Template)]
#[template(path = "console/operator.html")]
struct OperatorPage {
    frame: Frame,
    one: OperatorView,
    /// Whether who looks may change anything.
    manages: bool,
    sessions: Vec<Session>,
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

pub(super) fn show_operator(call: &Call<'_>) -> Result<Response, Problem> {
    one(call, call.param("operator"), Shown::default())
}

fn one(call: &Call<'_>, name: &str, shown: Shown) -> Result<Response, Problem> {
    let (services, now) = (call.services()?, call.edge.clock.now());
    let operator = services.operators.find(name)?;
    let frame = Frame::new(call, Section::Operators, format!("Operator {}", operator.name));
    let manages = frame.may(Permission::ManageOperators);
    let sessions = services.sessions.list(name);
    let viewer = &call.signed_in().operator.name;
    let shown = OperatorPage {
        one: OperatorView::new(&operator, &sessions, viewer, now),
        manages,
        // Where others sign in from is for owners alone.
        sessions: if manages { frame.own_first(sessions) } else { Vec::new() },
        role: shown.role.unwrap_or_else(|| operator.role.as_str().to_owned()),
        request: fresh_key(call),
        faults: shown.faults,
        made: shown.made,
        frame,
    };
    page(shown.faults.status(), &shown)
}

/// Gives an operator another role. Whoever changes their own says so once more and goes on with a new session.
pub(super) async fn change_role(call: &Call<'_>) -> Result<Response, Problem> {
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
    let response = done(&format!("{OPERATORS}{name}"), "saved");
    if is_self
        && role != viewer.operator.role
        && let Some(begun) =
            services.sessions.begin(&viewer.operator, call.gate.origin.address, &viewer.session.agent)
    {
        return Ok(cookie::set(response, &begun.text));
    }
    Ok(response)
}

/// Recovers an operator who is locked out; without a password one is made and shown once.
pub(super) async fn reset_password(call: &Call<'_>) -> Result<Response, Problem> {
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
pub(super) async fn end_sessions_of(call: &Call<'_>) -> Result<Response, Problem> {
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
pub(super) async fn delete_operator(call: &Call<'_>) -> Result<Response, Problem> {
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
        return Ok(cookie::clear(see_other("/login")));
    }
    Ok(done("/console/operators", "deleted"))
}

/// Every role with what its people may do, the one with the least first: it is the one to begin with.
const ROLES: [(&str, &str); 3] = [
    (Role::Viewer.as_str(), "viewer: look"),
    (Role::Admin.as_str(), "admin: everything but operators and tokens with the scope admin"),
    (Role::Owner.as_str(), "owner: everything"),
];

struct OperatorView {
    name: String,
    role: &'static str,
    has_second_factor: bool,
    sessions: usize,
    created: Moment,
    /// When a session was last used; none: no session is open.
    seen: Option<Moment>,
    /// Whether it is who looks.
    is_self: bool,
}

impl OperatorView {
    fn new(operator: &Operator, sessions: &[Session], viewer: &str, now: Timestamp) -> Self {
        let own = || sessions.iter().filter(|session| session.operator == operator.name);
        Self {
            name: operator.name.clone(),
            role: operator.role.as_str(),
            has_second_factor: operator.totp.is_some(),
            sessions: own().count(),
            created: Moment::new(operator.created_at, now),
            seen: own().map(|session| session.seen_at).max().map(|at| Moment::new(at, now)),
            is_self: operator.name == viewer,
        }
    }
}

pub(super) static ROUTES: &[Route] = &[
    Route::page("/console/operators", SEE, Handler::Now(show_operators)),
    Route::form("/console/operators", MANAGE, handler!(create_operator)),
    Route::page("/console/operators/{operator}", SEE, Handler::Now(show_operator)),
    Route::form("/console/operators/{operator}/role", MANAGE, handler!(change_role)),
    Route::form("/console/operators/{operator}/reset-password", MANAGE, handler!(reset_password)),
    Route::form("/console/operators/{operator}/sessions", MANAGE, handler!(end_sessions_of)),
    Route::form("/console/operators/{operator}/delete", MANAGE, handler!(delete_operator)),
];
