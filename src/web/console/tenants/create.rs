//! Making a tenant.

use crate::domain::names::NameError;
use crate::services::once::Once;
use crate::services::refusal::Refusal;
use crate::web::call::Call;
use crate::web::console::form::{self, Faults};
use crate::web::console::frame::{Frame, Section, actor, done, page};
use crate::web::console::making::{REQUEST, fresh_key, mark};
use crate::web::problem::Problem;
use askama::Template;
use axum::body::Body;
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
pub(super) async fn create_tenant(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let form = form::read(call, body, &["slug", "name", REQUEST]).await?;
    let (slug, name) = (form.trimmed("slug"), form.trimmed("name"));
    let named = Some(name).filter(|name| !name.is_empty());
    let tenants = &call.services()?.tenants;
    let refusal = match tenants.create_once(actor(call), slug, named, mark(&form, "tenant")).await {
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
