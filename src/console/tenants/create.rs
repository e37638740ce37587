//! Making a tenant.

use crate::console::form::{self, Faults};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::making::{REQUEST, fresh_key, mark};
use crate::domain::names::NameError;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::services::once::Once;
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
    let (slug, name) = (form.trimmed("slug"), form.trimmed("name"));
    let named = Some(name).filter(|name| !name.is_empty());
    let tenants = &call.services()?.tenants;
    let refusal = match tenants.create_once(call.actor(), slug, named, mark(&form, "tenant")).await {
        Ok(Once::Now(tenant, ())) => {
            return Ok(done(&format!("/console/tenants/{}/first-event", tenant.slug), "made"));
        }
        Ok(Once::Before(tenant)) => {
            return Ok(done(&format!("/console/tenants/{}", tenant.slug), "before"));
        }
        Err(refusal) => refusal,
    };
    let field = match refusal {
        Refusal::Name(NameError::Slug(_)) | Refusal::Exists { .. } | Refusal::Unacceptable(_) => "slug",
        Refusal::Name(_) => "name",
        _ => "",
    };
    let shown = NewTenantPage {
        frame: Frame::new(call, Section::Tenants, "New tenant"),
        slug: slug.to_owned(),
        called: name.to_owned(),
        request: form.text(REQUEST).to_owned(),
        faults: Faults::one(field, refusal.to_string()),
    };
    page(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}
