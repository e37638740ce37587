//! Making a token.

use crate::console::form::REQUEST;
use crate::console::form::{self, Faults, Form};
use crate::console::frame::{Frame, Section, page};
use crate::console::listed::offered_tenants;
use crate::console::making::{fresh_key, repeated};
use crate::console::tokens::made::show_made;
use crate::domain::scope::Scope;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::services::refusal::Refusal;
use crate::services::tokens::NewToken;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

/// Every scope with the field that chooses it and what it lets its holder do.
const SCOPES: [(Scope, &str, &str); 8] = [
    (Scope::EventsWrite, "events-write", "send events"),
    (Scope::EventsRead, "events-read", "list, read and follow events"),
    (Scope::FlagsRead, "flags-read", "evaluate flags"),
    (Scope::FlagsWrite, "flags-write", "change flags"),
    (Scope::Agents, "agents", "register agents and send heartbeats"),
    (Scope::MetricsRead, "metrics-read", "read metrics; tenant system alone"),
    (Scope::LedgerRead, "ledger-read", "read proofs over all tenants; tenant system alone"),
    (Scope::Admin, "admin", "everything; tenant system alone"),
];

#[derive(Template)]
#[template(path = "console/new-token.html")]
struct NewTokenPage {
    frame: Frame,
    tenants: Vec<String>,
    form: Form,
    faults: Faults,
}

/// Shows the form, for the tenant that the address names.
pub(super) fn show_form(call: &Call<'_>) -> Result<Response, Problem> {
    let query = Parameters::read(call.query(), &["tenant"]);
    let tenant = query.text("tenant").unwrap_or_default().to_owned();
    let fields = vec![("tenant", tenant), ("events-write", "on".to_owned()), (REQUEST, fresh_key(call))];
    show(call, StatusCode::OK, Form::filled(fields), Faults::default())
}

fn show(call: &Call<'_>, status: StatusCode, form: Form, faults: Faults) -> Result<Response, Problem> {
    let frame = Frame::new(call, Section::Tokens, "New token");
    page(status, &NewTokenPage { frame, tenants: offered_tenants(call.services()?), form, faults })
}

/// Makes the token and shows its text, or shows the form again.
pub(super) async fn create_token(call: &Call<'_>) -> Result<Response, Problem> {
    let fields = SCOPES.iter().map(|(_, field, _)| *field);
    let fields: Vec<_> = fields.chain(["tenant", "name", "expires_in", REQUEST]).collect();
    let form = form::read(call, &fields).await?;
    let chosen = SCOPES.iter().filter(|(_, field, _)| !form.text(field).is_empty());
    let new = NewToken {
        tenant: form.trimmed("tenant").to_owned(),
        name: form.trimmed("name").to_owned(),
        scopes: chosen.map(|(scope, ..)| *scope).collect(),
        expires_in: Some(form.trimmed("expires_in").to_owned()).filter(|text| !text.is_empty()),
    };
    match call.services()?.tokens.create(form.request(call)?, new).await {
        Ok((token, text)) => show_made(call, &token, text),
        Err(Refusal::Repeated { made }) => Ok(repeated(&made)),
        Err(refusal) => show(call, StatusCode::UNPROCESSABLE_ENTITY, form, Faults::of_refusal(&refusal)),
    }
}
