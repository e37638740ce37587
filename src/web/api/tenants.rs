//! Tenants.

use crate::services::once::Once;
use crate::web::api::listing::{bounds, located, mark};
use crate::web::api::reading::{actor, read_json};
use crate::web::call::{self, Call};
use crate::web::portion::Portion;
use crate::web::problem::Problem;
use crate::web::request::query::Parameters;
use crate::web::wire::tenant::{NewTenantJson, TenantChangeJson, TenantJson, TenantsJson};
use axum::body::Body;
use axum::response::Response;
use http::StatusCode;

/// Where tenants are.
const TENANTS: &str = "/api/v1/tenants/";

/// Lists tenants by slug, deleted ones too.
pub(super) fn list_tenants(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.parts.uri.query(), &["after", "limit"]);
    let bounds = bounds(&mut parameters);
    parameters.finish()?;
    let all = call.services()?.tenants.list();
    let portion = Portion::of(all, &bounds, |tenant| tenant.slug.as_str().to_owned());
    let tenants = portion.things.iter().map(|tenant| TenantJson::from(&**tenant)).collect();
    let body = TenantsJson { tenants, next: portion.after };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

/// Creates a tenant: 201, or 204 when the same request came before.
pub(super) async fn create_tenant(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let mark = mark(call, "tenant")?;
    let new = read_json::<NewTenantJson>(call, body).await?;
    let tenants = &call.services()?.tenants;
    let (response, tenant) =
        match tenants.create_once(actor(call), &new.slug, new.name.as_deref(), mark).await? {
            Once::Now(tenant, ()) => (call::json(StatusCode::CREATED, &TenantJson::from(&*tenant)), tenant),
            Once::Before(tenant) => (call::no_content(), tenant),
        };
    Ok(located(response, &format!("{TENANTS}{}", tenant.slug)))
}

/// Shows a tenant, also a deleted one.
pub(super) fn find_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    let tenant = call.services()?.tenants.find_any(call.segment(TENANTS, ""))?;
    Ok(call::uncached(call::json(StatusCode::OK, &TenantJson::from(&*tenant))))
}

/// Changes a tenant.
pub(super) async fn change_tenant(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let change = read_json::<TenantChangeJson>(call, body).await?.try_into()?;
    let tenants = &call.services()?.tenants;
    let tenant = tenants.change(actor(call), call.segment(TENANTS, ""), change).await?;
    Ok(call::uncached(call::json(StatusCode::OK, &TenantJson::from(&*tenant))))
}

/// Deletes a tenant.
pub(super) async fn delete_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    call.services()?.tenants.delete(actor(call), call.segment(TENANTS, "")).await?;
    Ok(call::no_content())
}
