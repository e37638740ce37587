//! Tenants.

use crate::api::listing::{bounds, mark};
use crate::api::parameters::{AFTER_KEY, LIST_LIMIT};
use crate::api::tags;
use crate::domain::ids::TenantNumber;
use crate::domain::names::Slug;
use crate::domain::rate::Quota;
use crate::domain::tenant::{MismatchPolicy, Tenant, TenantSettings, TenantStatus};
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::operation::Operation;
use crate::http::portion::Portion;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{ADMIN, Handler, Route, handler};
use crate::http::value_schemas::{LABEL_PATTERN, SLUG_PATTERN};
use crate::services::once::Once;
use crate::services::refusal::Refusal;
use crate::services::tenants::{Limiting, TenantChange};
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};

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
    /// How long keys are remembered; null: as long as `idempotency.retention` says.
    key_retention_seconds: Option<u64>,
    /// How often requests may work on it; null: as often as they like.
    rate_limit: Option<Quota>,
    /// How often each token may; null: as often as it likes.
    token_rate_limit: Option<Quota>,
}

impl<'a> From<&'a Tenant> for TenantJson<'a> {
    fn from(tenant: &'a Tenant) -> Self {
        Self {
            slug: &tenant.slug,
            name: &tenant.name,
            status: tenant.status,
            number: tenant.number,
            settings: tenant.settings.into(),
            created_at: tenant.created_at,
        }
    }
}

impl From<TenantSettings> for TenantSettingsJson {
    fn from(settings: TenantSettings) -> Self {
        let TenantSettings { mismatch, key_retention, rate_limit, token_rate_limit } = settings;
        let key_retention_seconds = key_retention.map(|retention| retention.as_secs());
        Self { mismatch, key_retention_seconds, rate_limit, token_rate_limit }
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

/// A tenant to be made.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "NewTenant")]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTenantJson {
    /// Short name in addresses and headers; it stays for good.
    #[schemars(regex(pattern = SLUG_PATTERN))]
    pub(crate) slug: String,
    /// Name for people; the slug without. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    pub(crate) name: Option<String>,
}

/// What to change of a tenant; what is left out or null stays.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "TenantChange")]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantChangeJson {
    /// Name for people. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    name: Option<String>,
    /// `active` or `suspended`.
    status: Option<TenantStatus>,
    /// What a repeat of a key with another payload is answered.
    mismatch: Option<MismatchPolicy>,
    /// How long its keys are remembered, at most `idempotency.retention`; 0: as long as that.
    key_retention_seconds: Option<u64>,
    /// How often requests may work on it, such as `1000/1m`, or `off`.
    rate_limit: Option<String>,
    /// How often each token may, such as `100/1m`, or `off`.
    token_rate_limit: Option<String>,
}

impl TryFrom<TenantChangeJson> for TenantChange {
    type Error = Refusal;

    fn try_from(json: TenantChangeJson) -> Result<Self, Refusal> {
        let limiting = |member: &str, text: Option<String>| {
            let read = |text: String| {
                Limiting::parse(&text).map_err(|error| Refusal::Unacceptable(format!("{member}: {error}")))
            };
            text.map(read).transpose()
        };
        Ok(Self {
            name: json.name,
            status: json.status,
            mismatch: json.mismatch,
            key_retention_seconds: json.key_retention_seconds,
            rate_limit: limiting("rate_limit", json.rate_limit)?,
            token_rate_limit: limiting("token_rate_limit", json.token_rate_limit)?,
        })
    }
}

/// Where tenants are.
const TENANTS: &str = "/api/v1/tenants/";

/// Lists tenants by slug, deleted ones too.
pub(super) fn list_tenants(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), &["after", "limit"]);
    let bounds = bounds(&mut parameters);
    parameters.finish()?;
    let all = call.services()?.tenants.list();
    let portion = Portion::of(all, &bounds, |tenant| tenant.slug.as_str().to_owned());
    let tenants = portion.things.iter().map(|tenant| TenantJson::from(&**tenant)).collect();
    let body = TenantsJson { tenants, next: portion.after };
    Ok(call::shown(&body))
}

/// Creates a tenant: 201, or 204 when the same request came before.
pub(super) async fn create_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    let mark = mark(call, "tenant")?;
    let new = call.json::<NewTenantJson>().await?;
    let tenants = &call.services()?.tenants;
    let (response, tenant) =
        match tenants.create_once(call.actor(), &new.slug, new.name.as_deref(), mark).await? {
            Once::Now(tenant, ()) => (call::json(StatusCode::CREATED, &TenantJson::from(&*tenant)), tenant),
            Once::Before(tenant) => (call::no_content(), tenant),
        };
    Ok(call::located(response, &format!("{TENANTS}{}", tenant.slug)))
}

/// Shows a tenant, also a deleted one.
pub(super) fn find_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    let tenant = call.services()?.tenants.find_any(call.param("tenant"))?;
    Ok(call::shown(&TenantJson::from(&*tenant)))
}

/// Changes a tenant.
pub(super) async fn change_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    let change = call.json::<TenantChangeJson>().await?.try_into()?;
    let tenants = &call.services()?.tenants;
    let tenant = tenants.change(call.actor(), call.param("tenant"), change).await?;
    Ok(call::shown(&TenantJson::from(&*tenant)))
}

/// Deletes a tenant.
pub(super) async fn delete_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    call.services()?.tenants.delete(call.actor(), call.param("tenant")).await?;
    Ok(call::no_content())
}

static LIST: Operation = Operation::new(&tags::TENANTS, "listTenants", "Lists tenants by slug")
    .detail("Deleted ones too, because their events stay in the ledger.")
    .parameters(&[AFTER_KEY, LIST_LIMIT])
    .answers::<TenantsJson<'static>>("A portion of them.");

static CREATE: Operation = Operation::new(&tags::TENANTS, "createTenant", "Creates a tenant")
    .detail("The key of a request is remembered for good.")
    .body::<NewTenantJson>()
    .creates::<TenantJson<'static>>("It is there.")
    .refuses(&[Code::InvalidSlug, Code::InvalidAttribute, Code::Exists, Code::TooMany, Code::Unacceptable]);

static FIND: Operation = Operation::new(&tags::TENANTS, "showTenant", "Shows a tenant")
    .answers::<TenantJson<'static>>("The tenant.");

static CHANGE: Operation = Operation::new(&tags::TENANTS, "changeTenant", "Changes a tenant")
    .detail("What is left out or null stays.")
    .body::<TenantChangeJson>()
    .answers::<TenantJson<'static>>("The tenant as it is now.")
    .refuses(&[Code::InvalidAttribute, Code::Unacceptable]);

static DELETE: Operation = Operation::new(&tags::TENANTS, "deleteTenant", "Deletes a tenant for good")
    .detail(
        "Its tokens and sources stop working and its slug is not given again; its events stay in the ledger.",
    )
    .done("It is deleted.")
    .refuses(&[Code::Unacceptable]);

/// The routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/tenants", ADMIN, Handler::Now(list_tenants), &LIST),
    Route::post("/api/v1/tenants", ADMIN, handler!(create_tenant), &CREATE),
    Route::get("/api/v1/tenants/{tenant}", ADMIN, Handler::Now(find_tenant), &FIND),
    Route::patch("/api/v1/tenants/{tenant}", ADMIN, handler!(change_tenant), &CHANGE),
    Route::delete("/api/v1/tenants/{tenant}", ADMIN, handler!(delete_tenant), &DELETE),
];
