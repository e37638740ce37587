//! Making a source.

use crate::console::form::REQUEST;
use crate::console::form::{self, Faults, Form};
use crate::console::frame::{Frame, Section, page};
use crate::console::listed::offered_tenants;
use crate::console::making::{fresh_key, repeated};
use crate::console::sources::made::show_made;
use crate::console::sources::typed::{FIELDS, Offered, schemes};
use crate::domain::scheme::builtin::DEFAULT;
use crate::domain::source::AutomaticKeys;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::services::refusal::Refusal;
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
    form: Form,
    faults: Faults,
}

/// Shows the form, for the tenant that the address names.
pub(super) fn show_form(call: &Call<'_>) -> Result<Response, Problem> {
    let query = Parameters::read(call.query(), &["tenant"]);
    let tenant = query.text("tenant").unwrap_or_default().to_owned();
    let (scheme, keys) = (DEFAULT.to_owned(), "on".to_owned());
    let fields =
        [("tenant", tenant), ("scheme", scheme), ("automatic_keys", keys), (REQUEST, fresh_key(call))];
    show(call, StatusCode::OK, Form::filled(fields.into()), Faults::default())
}

fn show(call: &Call<'_>, status: StatusCode, form: Form, faults: Faults) -> Result<Response, Problem> {
    let services = call.services()?;
    let shown = NewSourcePage {
        frame: Frame::new(call, Section::Sources, "New source"),
        tenants: offered_tenants(services),
        schemes: schemes(services, form.trimmed("scheme")),
        form,
        faults,
    };
    page(status, &shown)
}

/// Makes the source and shows its secret, or shows the form again.
pub(super) async fn create_source(call: &Call<'_>) -> Result<Response, Problem> {
    let fields: Vec<_> = FIELDS.into_iter().chain(["tenant", "name", "secret", REQUEST]).collect();
    let form = form::read(call, &fields).await?;
    let faults = match form.new_input::<NewSource>() {
        Err(faults) => faults,
        Ok(mut new) => {
            // A box that is not ticked is not sent.
            new.automatic_keys.get_or_insert(AutomaticKeys::Off);
            match call.services()?.sources.create(form.request(call)?, new).await {
                Ok((source, secret)) => return show_made(call, &source, secret.as_ref()),
                Err(Refusal::Repeated { made }) => return Ok(repeated(&made)),
                Err(refusal) => Faults::of_refusal(&refusal),
            }
        }
    };
    show(call, StatusCode::UNPROCESSABLE_ENTITY, form, faults)
}
