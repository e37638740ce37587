//! Tokens.

use crate::api::parameters::{AFTER_KEY, LIST_LIMIT, OF_TENANT, TOKEN, bounds};
use crate::api::tags;
use crate::domain::ids::TokenId;
use crate::domain::scope::Scopes;
use crate::domain::time::Timestamp;
use crate::domain::token::{SecretDigest, Token};
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::edge::Services;
use crate::http::operation::Operation;
use crate::http::portion::Portion;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{ADMIN, Handler, Route, handler};
use crate::services::tokens::{NewToken, TokenRotation, newest_first};
use axum::response::Response;
use serde::Serialize;

/// A token, without its secrets.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Token")]
pub(crate) struct TokenJson<'a> {
    id: &'a TokenId,
    /// Slug of the tenant it reaches.
    tenant: Option<String>,
    /// Name for people, and the default source of its events.
    name: &'a str,
    scopes: Scopes,
    created_at: Timestamp,
    /// Null: it works until it is revoked.
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    /// When a request used it last, to the minute.
    last_used_at: Option<Timestamp>,
    /// When each secret that was kept was made, and how long it works; the present one first.
    secrets: Vec<SecretTimesJson>,
    /// The token's text `mst_…`: once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

/// When a secret was made, and how long it works.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "SecretTimes")]
pub(crate) struct SecretTimesJson {
    /// Null where an early version did not write it down.
    pub(crate) created_at: Option<Timestamp>,
    /// Null for the present secret.
    pub(crate) valid_until: Option<Timestamp>,
}

/// A portion of the tokens.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Tokens")]
pub(crate) struct TokensJson<'a> {
    pub(crate) tokens: Vec<TokenJson<'a>>,
    /// Give this as `after` for what follows; null at the end.
    pub(crate) next: Option<String>,
}

/// Lists tokens, the newest first, of one tenant or all.
pub(super) fn list_tokens(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), &["tenant", "after", "limit"]);
    let (tenant, bounds) = (parameters.text("tenant").map(str::to_owned), bounds(&mut parameters));
    parameters.finish()?;
    let services = call.services()?;
    let all = services.tokens.list(tenant.as_deref())?;
    let portion = Portion::of(all, &bounds, |token| newest_first(token));
    let tokens = portion.things.iter().map(|token| shown(services, token, None)).collect();
    Ok(call::shown(&TokensJson { tokens, next: portion.after }))
}

pub(super) async fn create_token(call: &Call<'_>) -> Result<Response, Problem> {
    let new = call.json().await?;
    let services = call.services()?;
    let (token, text) = services.tokens.create(call.request(), new).await?;
    Ok(call::created(&shown(services, &token, Some(&text)), &token.place()))
}

pub(super) fn find_token(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let token = services.tokens.find(call.param("token"))?;
    Ok(call::shown(&shown(services, &token, None)))
}

pub(super) async fn rotate_token(call: &Call<'_>) -> Result<Response, Problem> {
    let rotation = call.optional_json().await?;
    let services = call.services()?;
    let token = services.tokens.find(call.param("token"))?;
    let (token, text) = services.tokens.rotate(call.request(), token.id.as_str(), rotation).await?;
    Ok(call::changed(&shown(services, &token, Some(&text)), &token.place()))
}

pub(super) async fn revoke_token(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    let token = services.tokens.find(call.param("token"))?;
    let revoked = services.tokens.revoke(call.actor(), token.id.as_str()).await?;
    Ok(call::shown(&shown(services, &revoked, None)))
}

/// Shows a token; with its text right after that was made.
fn shown<'a>(services: &Services, token: &'a Token, text: Option<&'a str>) -> TokenJson<'a> {
    let times = |secret: &SecretDigest| SecretTimesJson {
        created_at: secret.created_at,
        valid_until: secret.valid_until,
    };
    TokenJson {
        id: &token.id,
        tenant: services.tenants.numbered(token.tenant).map(|tenant| tenant.slug.to_string()),
        name: &token.name,
        scopes: token.scopes,
        created_at: token.created_at,
        expires_at: token.expires_at,
        revoked_at: token.revoked_at,
        last_used_at: services.access.last_used(&token.id),
        secrets: token.secrets.iter().map(times).collect(),
        token: text,
    }
}

static LIST: Operation = Operation::new(&tags::TENANTS, "listTokens", "Lists tokens, the newest first")
    .detail("Expired and revoked ones too.")
    .parameters(&[OF_TENANT, AFTER_KEY, LIST_LIMIT])
    .answers::<TokensJson<'static>>("A portion of them.")
    .refuses(&[Code::NotFound]);

static CREATE: Operation = Operation::new(&tags::TENANTS, "createToken", "Creates a token")
    .detail("Its text is in this answer alone: only a digest of it is kept. With the scope `admin` it expires after 90 \
             days unless `expires_in` says otherwise; `never`: it works until it is revoked.")
    .body::<NewToken>()
    .creates::<TokenJson<'static>>("It works from now on.")
    .refuses(&[Code::InvalidAttribute, Code::NotFound, Code::TooMany, Code::Unacceptable]);

static FIND: Operation = Operation::new(&tags::TENANTS, "showToken", "Shows a token")
    .parameters(&[TOKEN])
    .answers::<TokenJson<'static>>("The token, without its text.");

static ROTATE: Operation = Operation::new(&tags::TENANTS, "rotateToken", "Gives a token a new secret")
    .detail("The present one works on for the overlap.")
    .parameters(&[TOKEN])
    .optional_body::<TokenRotation>()
    .answers::<TokenJson<'static>>("The token with its new text.")
    .refuses(&[Code::Unacceptable]);

static REVOKE: Operation = Operation::new(&tags::TENANTS, "revokeToken", "Revokes a token at once")
    .detail("Revoking again changes nothing.")
    .parameters(&[TOKEN])
    .answers::<TokenJson<'static>>("The token, which works no more.");

pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/tokens", ADMIN, Handler::Now(list_tokens), &LIST),
    Route::post("/api/v1/tokens", ADMIN, handler!(create_token), &CREATE),
    Route::get("/api/v1/tokens/{token}", ADMIN, Handler::Now(find_token), &FIND),
    Route::post("/api/v1/tokens/{token}/rotate", ADMIN, handler!(rotate_token), &ROTATE),
    Route::delete("/api/v1/tokens/{token}", ADMIN, handler!(revoke_token), &REVOKE),
];
