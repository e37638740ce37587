//! Sources and the schemes they sign by.

use crate::api::parameters::{AFTER_KEY, LIST_LIMIT, OF_TENANT, bounds};
use crate::api::tags;
use crate::api::tokens::SecretTimesJson;
use crate::domain::names::Slug;
use crate::domain::scheme::place::HeaderName;
use crate::domain::secret::Secret;
use crate::domain::source::{AutomaticKeys, SealedSecret, Unsigned};
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::edge::Services;
use crate::http::operation::Operation;
use crate::http::portion::Portion;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{ADMIN, Handler, Route, handler};
use crate::services::sources::{NewSource, SourceChange, SourceRotation, TenantSource};
use axum::response::Response;
use serde::Serialize;

/// A source, without its secrets.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Source")]
pub(crate) struct SourceJson<'a> {
    /// Slug of its tenant.
    tenant: &'a Slug,
    name: &'a Slug,
    /// Name of the scheme it signs by.
    scheme: &'a Slug,
    /// Path of the address it posts to.
    path: String,
    /// Type of events that say none themselves; null: `event`.
    default_type: Option<&'a str>,
    /// Whether deliveries without an id get a key made from their content.
    automatic_keys: AutomaticKeys,
    /// The address the provider was given, where it signs it.
    notification_url: Option<&'a str>,
    /// Whether deliveries without a signature are taken.
    unsigned: Unsigned,
    /// When each secret was made, and how long it works; the present one first.
    secrets: Vec<SecretTimesJson>,
    created_at: Timestamp,
    /// Why it cannot be used as it is; null: it can.
    fault: Option<String>,
    /// The secret, where it was made here: once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

/// A portion of the sources.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Sources")]
pub(crate) struct SourcesJson<'a> {
    pub(crate) sources: Vec<SourceJson<'a>>,
    /// Give this as `after` for what follows; null at the end.
    pub(crate) next: Option<String>,
}

/// A scheme that sources can sign by.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Scheme")]
pub(crate) struct SchemeJson<'a> {
    name: &'a Slug,
    /// Whether deliveries are signed, so that sources have a secret.
    signed: bool,
    /// Headers that may hold the signature.
    headers: Vec<&'a str>,
}

/// Every scheme there is.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Schemes")]
pub(crate) struct SchemesJson<'a> {
    pub(crate) schemes: Vec<SchemeJson<'a>>,
}

/// Lists sources by tenant and name, of one tenant or all.
pub(super) fn list_sources(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), &["tenant", "after", "limit"]);
    let (tenant, bounds) = (parameters.text("tenant").map(str::to_owned), bounds(&mut parameters));
    parameters.finish()?;
    let services = call.services()?;
    let portion = Portion::of(services.sources.list(tenant.as_deref())?, &bounds, TenantSource::key);
    let sources = portion.things.iter().map(|source| shown(services, source, None)).collect();
    Ok(call::shown(&SourcesJson { sources, next: portion.after }))
}

pub(super) fn list_schemes(call: &Call<'_>) -> Result<Response, Problem> {
    let schemes = call.services()?.sources.schemes().map(|scheme| SchemeJson {
        name: &scheme.name,
        signed: scheme.signature.is_some(),
        headers: scheme
            .signature
            .iter()
            .flat_map(|signature| &signature.headers)
            .map(HeaderName::as_str)
            .collect(),
    });
    Ok(call::shown(&SchemesJson { schemes: schemes.collect() }))
}

/// Creates a source and shows its secret, where one was made.
pub(super) async fn create_source(call: &Call<'_>) -> Result<Response, Problem> {
    let new = call.json().await?;
    let services = call.services()?;
    let (source, secret) = services.sources.create(call.request(), new).await?;
    Ok(call::created(&shown(services, &source, secret.as_ref()), &source.place()))
}

pub(super) fn find_source(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let (tenant, name) = named(call);
    let source = services.sources.find(tenant, name)?;
    Ok(call::shown(&shown(services, &source, None)))
}

pub(super) async fn change_source(call: &Call<'_>) -> Result<Response, Problem> {
    let change = call.json().await?;
    let services = call.services()?;
    let (tenant, name) = named(call);
    let source = services.sources.change(call.actor(), tenant, name, change).await?;
    Ok(call::shown(&shown(services, &source, None)))
}

/// Gives a source a new secret and shows it, where it was made.
pub(super) async fn rotate_source(call: &Call<'_>) -> Result<Response, Problem> {
    let rotation = call.optional_json().await?;
    let services = call.services()?;
    let (tenant, name) = named(call);
    let (source, secret) = services.sources.rotate(call.request(), tenant, name, rotation).await?;
    Ok(call::changed(&shown(services, &source, secret.as_ref()), &source.place()))
}

pub(super) async fn delete_source(call: &Call<'_>) -> Result<Response, Problem> {
    let (tenant, name) = named(call);
    call.services()?.sources.delete(call.actor(), tenant, name).await?;
    Ok(call::no_content())
}

fn named<'a>(call: &Call<'a>) -> (&'a str, &'a str) {
    (call.param("tenant"), call.param("source"))
}

/// Shows a source; with its secret right after that was made.
fn shown<'a>(
    services: &Services,
    registered: &'a TenantSource,
    secret: Option<&'a Secret>,
) -> SourceJson<'a> {
    let TenantSource { tenant, source } = registered;
    let times = |secret: &SealedSecret| SecretTimesJson {
        created_at: Some(secret.created_at),
        valid_until: secret.valid_until,
    };
    SourceJson {
        tenant: &tenant.slug,
        name: &source.name,
        scheme: &source.scheme,
        path: source.path(&tenant.slug),
        default_type: source.default_type.as_deref(),
        automatic_keys: source.automatic_keys,
        notification_url: source.notification_url.as_deref(),
        unsigned: source.unsigned,
        secrets: source.secrets.iter().map(times).collect(),
        created_at: source.created_at,
        fault: services.sources.fault(source),
        secret: secret.map(Secret::expose),
    }
}

static SCHEMES: Operation =
    Operation::new(&tags::TENANTS, "listSchemes", "Lists the schemes that sources can sign by")
        .detail("Those that are built in, and those of the configuration file.")
        .answers::<SchemesJson<'static>>("All of them.");

static LIST: Operation = Operation::new(&tags::TENANTS, "listSources", "Lists sources by tenant and name")
    .parameters(&[OF_TENANT, AFTER_KEY, LIST_LIMIT])
    .answers::<SourcesJson<'static>>("A portion of them.")
    .refuses(&[Code::NotFound]);

static CREATE: Operation = Operation::new(&tags::TENANTS, "createSource", "Creates a source")
    .detail("A secret that is made is in this answer alone.")
    .body::<NewSource>()
    .creates::<SourceJson<'static>>("Its deliveries are taken from now on.")
    .refuses(&[
        Code::InvalidSlug,
        Code::InvalidAttribute,
        Code::NotFound,
        Code::Exists,
        Code::TooMany,
        Code::Unacceptable,
    ]);

static FIND: Operation = Operation::new(&tags::TENANTS, "showSource", "Shows a source")
    .answers::<SourceJson<'static>>("The source, without its secrets.");

static CHANGE: Operation = Operation::new(&tags::TENANTS, "changeSource", "Changes a source")
    .detail("What is left out or null stays.")
    .body::<SourceChange>()
    .answers::<SourceJson<'static>>("The source as it is now.")
    .refuses(&[Code::InvalidAttribute, Code::Unacceptable]);

static ROTATE: Operation = Operation::new(&tags::TENANTS, "rotateSource", "Gives a source a new secret")
    .detail("The present one works on for the overlap.")
    .optional_body::<SourceRotation>()
    .answers::<SourceJson<'static>>("The source; with the secret, where it was made.")
    .refuses(&[Code::Unacceptable]);

static DELETE: Operation = Operation::new(&tags::TENANTS, "deleteSource", "Deletes a source")
    .detail("Its deliveries are refused, its events stay in the ledger and its name may be given again.")
    .done("It is deleted.");

pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/sources", ADMIN, Handler::Now(list_sources), &LIST),
    Route::post("/api/v1/sources", ADMIN, handler!(create_source), &CREATE),
    Route::get("/api/v1/sources/{tenant}/{source}", ADMIN, Handler::Now(find_source), &FIND),
    Route::patch("/api/v1/sources/{tenant}/{source}", ADMIN, handler!(change_source), &CHANGE),
    Route::post("/api/v1/sources/{tenant}/{source}/rotate", ADMIN, handler!(rotate_source), &ROTATE),
    Route::delete("/api/v1/sources/{tenant}/{source}", ADMIN, handler!(delete_source), &DELETE),
    Route::get("/api/v1/schemes", ADMIN, Handler::Now(list_schemes), &SCHEMES),
];
