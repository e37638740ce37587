//! Tokens.

use crate::domain::token::Token;
use crate::services::once::Once;
use crate::services::tokens::{OVERLAP_DEFAULT, newest_first};
use crate::web::api::listing::{bounds, located, mark};
use crate::web::api::reading::{actor, read_json, read_optional_json};
use crate::web::call::{self, Call};
use crate::web::edge::Services;
use crate::web::portion::Portion;
use crate::web::problem::Problem;
use crate::web::request::query::Parameters;
use crate::web::wire::token::{NewTokenJson, TokenJson, TokenRotationJson, TokensJson, duration};
use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use std::sync::Arc;

/// Where tokens are.
const TOKENS: &str = "/api/v1/tokens/";

/// Lists tokens, the newest first, of one tenant or all.
pub(super) fn list_tokens(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.parts.uri.query(), &["tenant", "after", "limit"]);
    let (tenant, bounds) = (parameters.text("tenant").map(str::to_owned), bounds(&mut parameters));
    parameters.finish()?;
    let services = call.services()?;
    let all = services.tokens.list(tenant.as_deref())?;
    let portion = Portion::of(all, &bounds, |token| newest_first(token));
    let tokens = portion.things.iter().map(|token| shown(services, token)).collect();
    let body = TokensJson { tokens, next: portion.after };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

/// Creates a token: 201 with its text, or 204 without when the same request came before.
pub(super) async fn create_token(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let mark = mark(call, "token")?;
    let new = read_json::<NewTokenJson>(call, body).await?.try_into()?;
    let made = call.services()?.tokens.create_once(actor(call), new, mark).await?;
    answer(call, StatusCode::CREATED, made)
}

/// Shows a token.
pub(super) fn find_token(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let token = services.tokens.find(call.segment(TOKENS, ""))?;
    Ok(call::uncached(call::json(StatusCode::OK, &shown(services, &token))))
}

/// Gives a token a new secret: 200 with its text, or 204 without when the same request came before.
pub(super) async fn rotate_token(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let mark = mark(call, "rotate")?;
    let json = read_optional_json::<TokenRotationJson>(call, body).await?;
    let overlap = duration("overlap", json.overlap.as_deref())?.unwrap_or(OVERLAP_DEFAULT);
    let tokens = &call.services()?.tokens;
    let token = tokens.find(call.segment(TOKENS, "/rotate"))?;
    let made = tokens.rotate_once(actor(call), token.id.as_str(), overlap, mark).await?;
    answer(call, StatusCode::OK, made)
}

/// Revokes a token.
pub(super) async fn revoke_token(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let token = services.tokens.find(call.segment(TOKENS, ""))?;
    let revoked = services.tokens.revoke(actor(call), token.id.as_str()).await?;
    Ok(call::uncached(call::json(StatusCode::OK, &shown(services, &revoked))))
}

fn answer(call: &Call<'_>, status: StatusCode, made: Once<Arc<Token>, String>) -> Result<Response, Problem> {
    let (response, token) = match made {
        Once::Now(token, text) => {
            (call::json(status, &shown(call.services()?, &token).with_text(&text)), token)
        }
        Once::Before(token) => (call::no_content(), token),
    };
    Ok(located(response, &format!("{TOKENS}{}", token.id)))
}

fn shown<'a>(services: &Services, token: &'a Token) -> TokenJson<'a> {
    let tenant = services.tenants.numbered(token.tenant).map(|tenant| tenant.slug.as_str().to_owned());
    TokenJson::new(token, tenant, services.access.last_used(&token.id))
}
