//! Tenants.

use crate::api::parameters::{AFTER_KEY, LIST_LIMIT, bounds};
use crate::api::tags;
use crate::domain::ids::TenantNumber;
use crate::domain::names::Slug;
use crate::domain::rate::Quota;
use crate::domain::tenant::{MismatchPolicy, Tenant, TenantSettings, TenantStatus};
use crate::domain::time::{Timestamp, format_duration};
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::operation::Operation;
use crate::http::portion::Portion;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{ADMIN, Handler, Route, handler};
use crate::services::tenants::{NewTenant, TenantChange};
use axum::response::Response;
use serde::Serialize;

/// A tenant.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Tenant")]
pub(crate) struct TenantJson<'a> {
    slug: &'a Slug,
    /// Name for people.
    name: &'a str,
    status: TenantStatus,
    /// Its number in the ledger's leaves, never given again.
    number: TenantNumber,
    settings: TenantSettingsJson,
    created_at: Timestamp,
}

/// What differs for a tenant.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "TenantSettings")]
pub(crate) struct TenantSettingsJson {
    /// What a repeat of a key with another payload is answered: `report` is 204 with a header, `refuse` is 422.
    mismatch: MismatchPolicy,
    /// How long keys are remembered, such as `7d`; null: as long as `idempotency.retention` says.
    key_retention: Option<String>,
    /// How often requests may work on it; null: as often as they like.
    rate_limit: Option<Quota>,
    /// How often each token may; null: as often as it likes.
    token_rate_limit: Option<Quota>,
}

impl<'a> From<&'a Tenant> for TenantJson<'a> {
    fn from(tenant: &'a Tenant) -> Self {
        let TenantSettings { mismatch, key_retention, rate_limit, token_rate_limit } = tenant.settings;
        let key_retention = key_retention.map(format_duration);
        Self {
            slug: &tenant.slug,
            name: &tenant.name,
            status: tenant.status,
            number: tenant.number,
            settings: TenantSettingsJson { mismatch, key_retention, rate_limit, token_rate_limit },
            created_at: tenant.created_at,
        }
    }
}

/// A portion of the tenants.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Tenants")]
pub(crate) struct TenantsJson<'a> {
    pub(crate) tenants: Vec<TenantJson<'a>>,
    /// Give this as `after` for what follows; null at the end.
    pub(crate) next: Option<String>,
}

/// Lists tenants by slug, deleted ones too.
fn list_tenants(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), &["after", "limit"]);
    let bounds = bounds(&mut parameters);
    parameters.finish()?;
    let all = call.services()?.tenants.list();
    let portion = Portion::of(all, &bounds, |tenant| tenant.slug.as_str().to_owned());
    let tenants = portion.things.iter().map(|tenant| TenantJson::from(&**tenant)).collect();
    Ok(call::shown(&TenantsJson { tenants, next: portion.after }))
}

async fn create_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    let new = call.json().await?;
    let tenant = call.services()?.tenants.create(call.request(), new).await?;
    Ok(call::created(&TenantJson::from(&*tenant), &tenant.place()))
}

/// Shows a tenant, also a deleted one.
fn find_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    let tenant = call.services()?.tenants.find_any(call.param("tenant"))?;
    Ok(call::shown(&TenantJson::from(&*tenant)))
}

async fn change_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    let change = call.json().await?;
    let tenants = &call.services()?.tenants;
    let tenant = tenants.change(call.actor(), call.param("tenant"), change).await?;
    Ok(call::shown(&TenantJson::from(&*tenant)))
}

async fn delete_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    call.services()?.tenants.delete(call.actor(), call.param("tenant")).await?;
    Ok(call::no_content())
}

static LIST: Operation = Operation::new(&tags::TENANTS, "listTenants", "Lists tenants by slug")
    .detail("Deleted ones too, because their events stay in the ledger.")
    .parameters(&[AFTER_KEY, LIST_LIMIT])
    .answers::<TenantsJson<'static>>("A portion of them.");

static CREATE: Operation = Operation::new(&tags::TENANTS, "createTenant", "Creates a tenant")
    .body::<NewTenant>()
    .creates::<TenantJson<'static>>("It is there.")
    .refuses(&[Code::InvalidSlug, Code::InvalidAttribute, Code::Exists, Code::TooMany, Code::Unacceptable]);

static FIND: Operation = Operation::new(&tags::TENANTS, "showTenant", "Shows a tenant")
    .answers::<TenantJson<'static>>("The tenant.");

static CHANGE: Operation = Operation::new(&tags::TENANTS, "changeTenant", "Changes a tenant")
    .detail("What is left out or null stays.")
    .body::<TenantChange>()
    .answers::<TenantJson<'static>>("The tenant as it is now.")
    .refuses(&[Code::InvalidAttribute, Code::Unacceptable]);

static DELETE: Operation = Operation::new(&tags::TENANTS, "deleteTenant", "Deletes a tenant for good")
    .detail(
        "Its tokens and sources stop working and its slug is not given again; its events stay in the ledger.",
    )
    .done("It is deleted.")
    .refuses(&[Code::Unacceptable]);

pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/tenants", ADMIN, Handler::Now(list_tenants), &LIST),
    Route::post("/api/v1/tenants", ADMIN, handler!(create_tenant), &CREATE),
    Route::get("/api/v1/tenants/{tenant}", ADMIN, Handler::Now(find_tenant), &FIND),
    Route::patch("/api/v1/tenants/{tenant}", ADMIN, handler!(change_tenant), &CHANGE),
    Route::delete("/api/v1/tenants/{tenant}", ADMIN, handler!(delete_tenant), &DELETE),
];
