//! Sources.

use crate::domain::secret::Secret;
use crate::services::once::Once;
use crate::services::sources::Registered;
use crate::services::tokens::OVERLAP_DEFAULT;
use crate::web::api::listing::{bounds, located, mark};
use crate::web::api::reading::{actor, read_json, read_optional_json};
use crate::web::call::{self, Call};
use crate::web::edge::Services;
use crate::web::portion::Portion;
use crate::web::problem::Problem;
use crate::web::request::query::Parameters;
use crate::web::wire::source::{
    NewSourceJson, SchemeJson, SchemesJson, SourceChangeJson, SourceJson, SourceRotationJson, SourcesJson,
};
use crate::web::wire::token::duration;
use axum::body::Body;
use axum::response::Response;
use http::StatusCode;

/// Where sources are.
const SOURCES: &str = "/api/v1/sources/";

/// Lists sources by tenant and name, of one tenant or all.
pub(super) fn list_sources(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.parts.uri.query(), &["tenant", "after", "limit"]);
    let (tenant, bounds) = (parameters.text("tenant").map(str::to_owned), bounds(&mut parameters));
    parameters.finish()?;
    let services = call.services()?;
    let portion = Portion::of(services.sources.list(tenant.as_deref())?, &bounds, Registered::key);
    let sources = portion.things.iter().map(|source| shown(services, source)).collect();
    let body = SourcesJson { sources, next: portion.after };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

/// Lists the schemes that sources can sign by.
pub(super) fn list_schemes(call: &Call<'_>) -> Result<Response, Problem> {
    let schemes = call.services()?.sources.schemes().map(|scheme| SchemeJson::from(&**scheme)).collect();
    Ok(call::uncached(call::json(StatusCode::OK, &SchemesJson { schemes })))
}

/// Creates a source: 201, with its secret where one was made, or 204 when the same request came before.
pub(super) async fn create_source(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let mark = mark(call, "source")?;
    let new = read_json::<NewSourceJson>(call, body).await?.into();
    let made = call.services()?.sources.create_once(actor(call), new, mark).await?;
    answer(call, StatusCode::CREATED, made)
}

/// Shows a source.
pub(super) fn find_source(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let (tenant, name) = named(call, "");
    let source = services.sources.find(tenant, name)?;
    Ok(call::uncached(call::json(StatusCode::OK, &shown(services, &source))))
}

/// Changes a source.
pub(super) async fn change_source(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let change = read_json::<SourceChangeJson>(call, body).await?.into();
    let services = call.services()?;
    let (tenant, name) = named(call, "");
    let source = services.sources.change(actor(call), tenant, name, change).await?;
    Ok(call::uncached(call::json(StatusCode::OK, &shown(services, &source))))
}

/// Gives a source a new secret: 200, with the secret where it was made, or 204 when the same request came before.
pub(super) async fn rotate_source(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let mark = mark(call, "rotate")?;
    let json = read_optional_json::<SourceRotationJson>(call, body).await?;
    let overlap = duration("overlap", json.overlap.as_deref())?.unwrap_or(OVERLAP_DEFAULT);
    let sources = &call.services()?.sources;
    let rotated =
        sources.rotate_once(actor(call), named(call, "/rotate"), json.secret, overlap, mark).await?;
    answer(call, StatusCode::OK, rotated)
}

/// Deletes a source.
pub(super) async fn delete_source(call: &Call<'_>) -> Result<Response, Problem> {
    let (tenant, name) = named(call, "");
    call.services()?.sources.delete(actor(call), tenant, name).await?;
    Ok(call::no_content())
}

fn named<'a>(call: &Call<'a>, suffix: &str) -> (&'a str, &'a str) {
    call.segment(SOURCES, suffix).split_once('/').unwrap_or_default()
}

fn answer(
    call: &Call<'_>,
    status: StatusCode,
    made: Once<Registered, Option<Secret>>,
) -> Result<Response, Problem> {
    let (response, source) = match made {
        Once::Now(source, secret) => {
            let json = shown(call.services()?, &source).with_secret(secret.as_ref());
            (call::json(status, &json), source)
        }
        Once::Before(source) => (call::no_content(), source),
    };
    Ok(located(response, &format!("{SOURCES}{}", source.key())))
}

fn shown<'a>(services: &Services, source: &'a Registered) -> SourceJson<'a> {
    SourceJson::new(source, services.sources.fault(&source.source))
}
