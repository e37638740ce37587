//! All operators, and adding one.

use super::view::{OperatorView, ROLES};
use crate::console::form::{self, Faults};
use crate::console::frame::{Frame, Section, done, page};
use crate::domain::operator::Role;
use crate::domain::permission::Permission;
use crate::http::call::Call;
use crate::http::problem::Problem;
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
#[derive(Default)]
struct NewView {
    name: String,
    role: String,
}

/// Shows all operators.
pub(in crate::console) fn show_operators(call: &Call<'_>) -> Result<Response, Problem> {
    list(call, StatusCode::OK, NewView::default(), Faults::default(), None)
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
    let form = form::read(call, &["name", "role", "password"]).await?;
    let typed = NewView { name: form.trimmed("name").to_owned(), role: form.text("role").to_owned() };
    let refused = |typed: NewView, field: &'static str, detail: String| {
        list(call, StatusCode::UNPROCESSABLE_ENTITY, typed, Faults::one(field, detail), None)
    };
    let Some(role) = Role::parse(&typed.role) else {
        return refused(typed, "role", "Choose a role.".into());
    };
    let operators = &call.services()?.operators;
    let is_made = form.text("password").is_empty();
    let password = if is_made { operators.draw_password() } else { form.secret("password") };
    match operators.create(call.actor(), &typed.name, role, &password).await {
        Ok(_created) if is_made => {
            let made = Some((typed.name, password.expose().to_owned()));
            list(call, StatusCode::OK, NewView::default(), Faults::default(), made)
        }
        Ok(_created) => Ok(done("/console/operators", "saved")),
        Err(refusal) => {
            let field = match refusal {
                Refusal::Password(_) => "password",
                Refusal::Name(_) | Refusal::Exists { .. } => "name",
                _ => "",
            };
            refused(typed, field, refusal.to_string())
        }
    }
}
