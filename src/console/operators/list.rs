//! All operators, and adding one.

use super::view::{OperatorView, ROLES};
use crate::console::form::{self, Faults, Form, REQUEST};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::making::{fresh_key, repeated};
use crate::domain::operator::Role;
use crate::domain::permission::Permission;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::services::operators::NewOperator;
use crate::services::refusal::Refusal;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

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
    form: NewView,
    faults: Faults,
    /// A name and the password that was made for it, shown once.
    made: Option<(String, String)>,
}

/// What was typed.
struct NewView {
    name: String,
    role: String,
    request: String,
}

impl NewView {
    fn empty(call: &Call<'_>) -> Self {
        Self { name: String::new(), role: String::new(), request: fresh_key(call) }
    }

    fn of(form: &Form) -> Self {
        let [name, role, request] = ["name", "role", REQUEST].map(|field| form.trimmed(field).to_owned());
        Self { name, role, request }
    }
}

/// Shows all operators.
pub(in crate::console) fn show_operators(call: &Call<'_>) -> Result<Response, Problem> {
    list(call, StatusCode::OK, NewView::empty(call), Faults::default(), None)
}

fn list(
    call: &Call<'_>,
    status: StatusCode,
    form: NewView,
    faults: Faults,
    made: Option<(String, String)>,
) -> Result<Response, Problem> {
    let (services, now) = (call.services()?, call.edge.clock.now());
    let (viewer, sessions) = (&call.signed_in().operator.name, services.sessions.list_all());
    let operators = services.operators.list();
    let operators = operators.iter().map(|one| OperatorView::new(one, &sessions, viewer, now)).collect();
    let frame = Frame::new(call, Section::Operators, "Operators");
    let manages = frame.may(Permission::ManageOperators);
    page(status, &OperatorsPage { frame, operators, manages, form, faults, made })
}

/// Adds an operator; without a password one is made and shown once.
pub(in crate::console) async fn create_operator(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["name", "role", "password", REQUEST]).await?;
    let faults = match Role::parse(form.text("role")) {
        None => Faults::one("role", "Choose a role."),
        Some(role) => {
            let (name, password) = (form.trimmed("name").to_owned(), form.new_password());
            let new = NewOperator { name, role, password };
            match call.services()?.operators.create(form.request(call)?, new).await {
                Ok((operator, Some(made))) => {
                    let made = Some((operator.name.clone(), made.expose().to_owned()));
                    return list(call, StatusCode::OK, NewView::empty(call), Faults::default(), made);
                }
                Ok((_operator, None)) => return Ok(done("/console/operators", "saved")),
                Err(Refusal::Repeated { made }) => return Ok(repeated(&made)),
                Err(refusal) => Faults::of_refusal(&refusal),
            }
        }
    };
    list(call, StatusCode::UNPROCESSABLE_ENTITY, NewView::of(&form), faults, None)
}
