//! Making a tenant.

use crate::console::form::REQUEST;
use crate::console::form::{self, Faults};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::making::{fresh_key, repeated};
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::services::refusal::Refusal;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "console/new-tenant.html")]
struct NewTenantPage {
    frame: Frame,
    slug: String,
    /// Its name for people.
    called: String,
    request: String,
    faults: Faults,
}

/// Shows the form.
pub(super) fn show_form(call: &Call<'_>) -> Result<Response, Problem> {
    let (slug, called, faults) = (String::new(), String::new(), Faults::default());
    let frame = Frame::new(call, Section::Tenants, "New tenant");
    page(StatusCode::OK, &NewTenantPage { frame, slug, called, request: fresh_key(call), faults })
}

/// Makes the tenant and leads to its first event, or shows the form again.
pub(super) async fn create_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["slug", "name", REQUEST]).await?;
    let faults = match form.new_input() {
        Err(faults) => faults,
        Ok(new) => match call.services()?.tenants.create(form.request(call)?, new).await {
            Ok(tenant) => return Ok(done(&format!("/console/{}/first-event", tenant.place()), "made")),
            Err(Refusal::Repeated { made }) => return Ok(repeated(&made)),
            Err(refusal) => Faults::of_refusal(&refusal),
        },
    };
    let shown = NewTenantPage {
        frame: Frame::new(call, Section::Tenants, "New tenant"),
        slug: form.trimmed("slug").to_owned(),
        called: form.trimmed("name").to_owned(),
        request: form.text(REQUEST).to_owned(),
        faults,
    };
    page(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}
