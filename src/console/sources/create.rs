//! Making a source.

use crate::console::form::REQUEST;
use crate::console::form::{self, Faults};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::listed::offered_tenants;
use crate::console::making::{fresh_key, mark};
use crate::console::sources::made::show_made;
use crate::console::sources::typed::{FIELDS, Offered, Typed, fault, schemes};
use crate::domain::scheme::builtin::DEFAULT;
use crate::domain::secret::Secret;
use crate::domain::source::{AutomaticKeys, Unsigned};
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::services::once::Once;
use crate::services::sources::NewSource;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "console/new-source.html")]
struct NewSourcePage {
    frame: Frame,
    tenants: Vec<String>,
    schemes: Vec<Offered>,
    tenant: String,
    /// Its name.
    called: String,
    typed: Typed,
    request: String,
    faults: Faults,
}

/// Shows the form, for the tenant that the address names.
pub(super) fn show_form(call: &Call<'_>) -> Result<Response, Problem> {
    let query = Parameters::read(call.query(), &["tenant"]);
    let services = call.services()?;
    let shown = NewSourcePage {
        frame: Frame::new(call, Section::Sources, "New source"),
        tenants: offered_tenants(services),
        schemes: schemes(services, DEFAULT),
        tenant: query.text("tenant").unwrap_or_default().to_owned(),
        called: String::new(),
        typed: Typed {
            scheme: DEFAULT.to_owned(),
            default_type: String::new(),
            notification_url: String::new(),
            automatic_keys: AutomaticKeys::On,
            unsigned: Unsigned::Refused,
        },
        request: fresh_key(call),
        faults: Faults::default(),
    };
    page(StatusCode::OK, &shown)
}

/// Makes the source and shows its secret, or shows the form again.
pub(super) async fn create_source(call: &Call<'_>) -> Result<Response, Problem> {
    let fields: Vec<_> = FIELDS.into_iter().chain(["tenant", "name", "secret", REQUEST]).collect();
    let form = form::read(call, &fields).await?;
    let (typed, services) = (Typed::read(&form), call.services()?);
    let new = NewSource {
        tenant: form.trimmed("tenant").to_owned(),
        name: form.trimmed("name").to_owned(),
        scheme: Some(typed.scheme.clone()),
        secret: Typed::given(form.trimmed("secret")).map(Secret::new),
        default_type: Typed::given(&typed.default_type),
        notification_url: Typed::given(&typed.notification_url),
        automatic_keys: typed.automatic_keys,
        unsigned: typed.unsigned,
    };
    let faults = match services.sources.create_once(call.actor(), new, mark(&form, "source")).await {
        Ok(Once::Now(source, secret)) => return show_made(call, &source, secret.as_ref()),
        Ok(Once::Before(source)) => {
            return Ok(done(&format!("/console/sources/{}", source.key()), "before"));
        }
        Err(refusal) => fault(&refusal, "secret"),
    };
    let shown = NewSourcePage {
        frame: Frame::new(call, Section::Sources, "New source"),
        tenants: offered_tenants(services),
        schemes: schemes(services, &typed.scheme),
        tenant: form.trimmed("tenant").to_owned(),
        called: form.trimmed("name").to_owned(),
        typed,
        request: form.text(REQUEST).to_owned(),
        faults,
    };
    page(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}
