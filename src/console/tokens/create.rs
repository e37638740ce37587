//! Making a token.

use crate::console::form::REQUEST;
use crate::console::form::{self, Faults, Form};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::listed::offered_tenants;
use crate::console::making::{fresh_key, mark};
use crate::console::tokens::made::show_made;
use crate::domain::names::NameError;
use crate::domain::scope::{Scope, Scopes};
use crate::domain::time::parse_duration;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::services::once::Once;
use crate::services::refusal::Refusal;
use crate::services::tokens::NewToken;
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use std::time::Duration;

/// The tenant whose tokens act on the whole appliance.
const SYSTEM: &str = "system";

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
    tenant: String,
    /// Its name.
    called: String,
    scopes: Scopes,
    expires: String,
    request: String,
    faults: Faults,
}

impl NewTokenPage {
    fn has(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|chosen| chosen == scope)
    }
}

/// Shows the form, for the tenant that the address names.
pub(super) fn show_form(call: &Call<'_>) -> Result<Response, Problem> {
    let query = Parameters::read(call.query(), &["tenant"]);
    let shown = NewTokenPage {
        frame: Frame::new(call, Section::Tokens, "New token"),
        tenants: offered_tenants(call.services()?),
        tenant: query.text("tenant").unwrap_or_default().to_owned(),
        called: String::new(),
        scopes: [Scope::EventsWrite].into_iter().collect(),
        expires: String::new(),
        request: fresh_key(call),
        faults: Faults::default(),
    };
    page(StatusCode::OK, &shown)
}

/// Makes the token and shows its text, or shows the form again.
pub(super) async fn create_token(call: &Call<'_>) -> Result<Response, Problem> {
    let fields = SCOPES.iter().map(|(_, field, _)| *field);
    let fields: Vec<_> = fields.chain(["tenant", "name", "expires", REQUEST]).collect();
    let form = form::read(call, &fields).await?;
    let faults = match read(&form) {
        Ok(new) => {
            let tokens = &call.services()?.tokens;
            match tokens.create_once(call.actor(), new, mark(&form, "token")).await {
                Ok(Once::Now(token, text)) => return show_made(call, &token, text),
                Ok(Once::Before(token)) => {
                    return Ok(done(&format!("/console/tokens/{}", token.id), "before"));
                }
                Err(refusal) => fault(&refusal),
            }
        }
        Err(faults) => faults,
    };
    let shown = NewTokenPage {
        frame: Frame::new(call, Section::Tokens, "New token"),
        tenants: offered_tenants(call.services()?),
        tenant: form.trimmed("tenant").to_owned(),
        called: form.trimmed("name").to_owned(),
        scopes: chosen(&form),
        expires: form.trimmed("expires").to_owned(),
        request: form.text(REQUEST).to_owned(),
        faults,
    };
    page(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}

fn chosen(form: &Form) -> Scopes {
    SCOPES.iter().filter(|(_, field, _)| !form.text(field).is_empty()).map(|(scope, ..)| *scope).collect()
}

fn read(form: &Form) -> Result<NewToken, Faults> {
    let (scopes, mut faults) = (chosen(form), Faults::default());
    let tenant = form.trimmed("tenant").to_owned();
    if tenant.is_empty() {
        faults.add("tenant", "Name the tenant it is for.");
    }
    if scopes.is_empty() {
        faults.add("scopes", "Choose at least one.");
    }
    if let Some(scope) = scopes.iter().find(|scope| scope.system_only() && tenant != SYSTEM) {
        faults.add("scopes", format!("{scope} is for tokens of tenant {SYSTEM} alone."));
    }
    let valid_for = match form.trimmed("expires") {
        "" => None,
        text => match parse_duration(text) {
            Ok(time) if time >= Duration::from_secs(1) => Some(time),
            Ok(_short) => {
                faults.add("expires", "A token works for at least 1s.");
                None
            }
            Err(error) => {
                faults.add("expires", error.to_string());
                None
            }
        },
    };
    let name = form.trimmed("name").to_owned();
    if faults.is_empty() { Ok(NewToken { tenant, name, scopes, valid_for }) } else { Err(faults) }
}

fn fault(refusal: &Refusal) -> Faults {
    let field = match refusal {
        Refusal::Name(NameError::Slug(_)) | Refusal::NotFound { .. } => "tenant",
        Refusal::Name(_) => "name",
        _ => "",
    };
    Faults::one(field, refusal.to_string())
}
