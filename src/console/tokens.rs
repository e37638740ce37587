//! Tokens: all of them, a new one, and one with its rotation and its end.

use crate::console::form::{self, Faults, Form, REQUEST, fresh_key};
use crate::console::frame::{Frame, Section, done, page, repeated};
use crate::console::listed::{Asked, offered_tenants};
use crate::console::snippets::{Snippet, Target, with_token};
use crate::console::words::Moment;
use crate::domain::ids::SYSTEM_TENANT;
use crate::domain::scope::Scope;
use crate::domain::secret::is_old;
use crate::domain::tenant::TenantStatus;
use crate::domain::time::{Timestamp, format_duration};
use crate::domain::token::{API_KEY_ID, Token, TokenState};
use crate::http::call::Call;
use crate::http::edge::Services;
use crate::http::portion::Portion;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{CHANGE, Handler, Route, SEE, handler};
use crate::services::input::OVERLAP_DEFAULT;
use crate::services::refusal::Refusal;
use crate::services::tokens::{NewToken, newest_first};
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use std::time::Duration;

const ADDRESS: &str = "/console/tokens";

/// What may be asked for, besides all.
const STATES: [(&str, &str); 4] =
    [("", "all"), ("works", "working"), ("expired", "expired"), ("revoked", "revoked")];

#[derive(Template)]
#[template(path = "console/tokens.html")]
struct TokensPage {
    frame: Frame,
    asked: Asked,
    tenants: Vec<String>,
    /// The tenant asked for is not there.
    fault: Option<&'static str>,
    tokens: Vec<TokenView>,
    before: Option<String>,
    after: Option<String>,
}

fn show_tokens(call: &Call<'_>) -> Result<Response, Problem> {
    let (services, now, asked) = (call.services()?, call.edge.clock.now(), Asked::read(call));
    let tenant = Some(asked.tenant.as_str()).filter(|slug| !slug.is_empty());
    let listed = services.tokens.list(tenant);
    let fault = listed.is_err().then_some("There is no such tenant.");
    let wanted = |token: &Token| {
        let state = match token.state(now) {
            TokenState::Active => "works",
            TokenState::Expired => "expired",
            TokenState::Revoked => "revoked",
        };
        (asked.state.is_empty() || asked.state == state) && asked.finds(&[&token.name, token.id.as_str()])
    };
    let found: Vec<_> = listed.unwrap_or_default().into_iter().filter(|token| wanted(token)).collect();
    let portion = Portion::of(found, &asked.bounds, |token| newest_first(token));
    let (before, after) = asked.ways(ADDRESS, &portion);
    let shown = TokensPage {
        frame: Frame::new(call, Section::Tokens, "Tokens"),
        tenants: offered_tenants(services),
        fault,
        tokens: portion.things.iter().map(|token| TokenView::new(services, token, now)).collect(),
        before,
        after,
        asked,
    };
    page(StatusCode::OK, &shown)
}

/// Every scope with the field that chooses it and what it lets its holder do.
const SCOPES: [(Scope, &str, &str); 8] = [
    (Scope::EventsWrite, "events-write", "send events"),
    (Scope::EventsRead, "events-read", "list, read and follow events"),
    (Scope::FlagsRead, "flags-read", "evaluate flags"),
    (Scope::FlagsWrite, "flags-write", "change flags"),
    (Scope::Agents, "agents", "register agents and send heartbeats"),
    (Scope::MetricsRead, "metrics-read", "read metrics; tenant system alone"),
    (Scope::LedgerRead, "ledger-read", "read proofs over all tenants; tenant system alone"),
    (Scope::Admin, "admin", "everything; tenant system alone"),
];

#[derive(Template)]
#[template(path = "console/new-token.html")]
struct NewTokenPage {
    frame: Frame,
    /// Those that who looks may hand out.
    scopes: Vec<(Scope, &'static str, &'static str)>,
    tenants: Vec<String>,
    form: Form,
    faults: Faults,
}

/// Shows the form, for the tenant that the address names.
fn show_form(call: &Call<'_>) -> Result<Response, Problem> {
    let query = Parameters::read(call.query(), &["tenant"]);
    let tenant = query.text("tenant").unwrap_or_default().to_owned();
    let fields = vec![("tenant", tenant), ("events-write", "on".to_owned()), (REQUEST, fresh_key(call))];
    show_new(call, Form::filled(fields), Faults::default())
}

fn show_new(call: &Call<'_>, form: Form, faults: Faults) -> Result<Response, Problem> {
    let frame = Frame::new(call, Section::Tokens, "New token");
    let scopes = SCOPES.into_iter().filter(|(scope, ..)| frame.may_grant([*scope])).collect();
    let tenants = offered_tenants(call.services()?);
    page(faults.status(), &NewTokenPage { frame, scopes, tenants, form, faults })
}

/// Makes the token and shows its text, or shows the form again.
async fn create_token(call: &Call<'_>) -> Result<Response, Problem> {
    let fields = SCOPES.iter().map(|(_, field, _)| *field);
    let fields: Vec<_> = fields.chain(["tenant", "name", "expires_in", REQUEST]).collect();
    let form = form::read(call, &fields).await?;
    let chosen = SCOPES.iter().filter(|(_, field, _)| !form.text(field).is_empty());
    let new = NewToken {
        tenant: form.trimmed("tenant").to_owned(),
        name: form.trimmed("name").to_owned(),
        scopes: chosen.map(|(scope, ..)| *scope).collect(),
        expires_in: Some(form.trimmed("expires_in").to_owned()).filter(|text| !text.is_empty()),
    };
    match call.services()?.tokens.create(form.request(call)?, new).await {
        Ok((token, text)) => show_made(call, &token, text),
        Err(Refusal::Repeated { made }) => Ok(repeated(&made)),
        Err(refusal) => show_new(call, form, Faults::of_refusal(&refusal)),
    }
}

const TOKENS: &str = "/console/tokens/";

#[derive(Template)]
#[template(path = "console/token.html")]
struct TokenPage {
    frame: Frame,
    token: TokenView,
    /// Whether who looks may rotate and revoke it.
    manages: bool,
    overlap: String,
    request: String,
    faults: Faults,
}

fn show_token(call: &Call<'_>) -> Result<Response, Problem> {
    show(call, call.param("token"), format_duration(OVERLAP_DEFAULT), Faults::default())
}

fn show(call: &Call<'_>, id: &str, overlap: String, faults: Faults) -> Result<Response, Problem> {
    let services = call.services()?;
    let token = services.tokens.find(id)?;
    // Names are anybody's text, and the title is short.
    let frame = Frame::new(call, Section::Tokens, format!("Token {}", token.id));
    let manages = frame.may_grant(token.scopes.iter());
    let token = TokenView::new(services, &token, call.edge.clock.now());
    page(faults.status(), &TokenPage { frame, token, manages, overlap, request: fresh_key(call), faults })
}

/// Gives a token a new secret and shows its text.
async fn rotate_token(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["overlap", REQUEST]).await?;
    let tokens = &call.services()?.tokens;
    let token = tokens.find(call.param("token"))?;
    let faults = match form.new_input() {
        Err(faults) => faults,
        Ok(rotation) => match tokens.rotate(form.request(call)?, token.id.as_str(), rotation).await {
            Ok((token, text)) => return show_made(call, &token, text),
            Err(Refusal::Repeated { made }) => return Ok(repeated(&made)),
            Err(refusal) => Faults::of_refusal(&refusal),
        },
    };
    let overlap = form.trimmed("overlap").to_owned();
    show(call, token.id.as_str(), overlap, faults)
}

/// Revokes a token whose id was typed once more.
async fn revoke_token(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["confirm"]).await?;
    let tokens = &call.services()?.tokens;
    let token = tokens.find(call.param("token"))?;
    if form.trimmed("confirm") != token.id.as_str() {
        let faults = Faults::one("confirm", "That is not the token's id.");
        let overlap = format_duration(OVERLAP_DEFAULT);
        return show(call, token.id.as_str(), overlap, faults);
    }
    if let Err(refusal) = tokens.revoke(call.actor(), token.id.as_str()).await {
        let overlap = format_duration(OVERLAP_DEFAULT);
        return show(call, token.id.as_str(), overlap, Faults::of_refusal(&refusal));
    }
    Ok(done(&format!("{TOKENS}{}", token.id), "revoked"))
}

#[derive(Template)]
#[template(path = "console/token-made.html")]
struct MadePage {
    frame: Frame,
    token: TokenView,
    text: String,
    authority: Option<Snippet>,
    snippets: Vec<Snippet>,
}

/// Shows the text of a token that was made or rotated just now.
fn show_made(call: &Call<'_>, token: &Token, text: String) -> Result<Response, Problem> {
    let view = TokenView::new(call.services()?, token, call.edge.clock.now());
    let target = Target::of(call);
    let shown = MadePage {
        frame: Frame::new(call, Section::Tokens, "The token's text"),
        authority: target.authority(),
        snippets: with_token(&target, &text, token.scopes, token.tenant == SYSTEM_TENANT),
        token: view,
        text,
    };
    page(StatusCode::OK, &shown)
}

/// Time before its end at which a token's end is announced.
const ENDS_SOON: Duration = Duration::from_hours(7 * 24);

pub(super) struct TokenView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) tenant: String,
    pub(super) scopes: String,
    pub(super) state: (&'static str, &'static str),
    pub(super) created: Moment,
    pub(super) expires: Option<Moment>,
    pub(super) revoked: Option<Moment>,
    pub(super) used: Option<Moment>,
    /// Since when the present secret is in use.
    pub(super) since: Moment,
    /// Whether it works and its secret should give way to a new one.
    pub(super) is_old: bool,
    /// Until when the secrets before work.
    pub(super) overlaps: Vec<Moment>,
    /// Whether it can be changed here: it works or has expired, and its text is not given from outside.
    pub(super) can_rotate: bool,
    /// Whether its text is given from outside, as `API_KEY`.
    pub(super) is_given: bool,
}

impl TokenView {
    /// Returns where a form of the token is sent to.
    pub(super) fn address(&self, what: &str) -> String {
        format!("/console/tokens/{}/{what}", self.id)
    }

    pub(super) fn new(services: &Services, token: &Token, now: Timestamp) -> Self {
        let tenant = services.tenants.numbered(token.tenant);
        let status = tenant.as_ref().map_or(TenantStatus::Deleted, |tenant| tenant.status);
        let moment = |at: Timestamp| Moment::new(at, now);
        let (state, is_given) = (token.state(now), token.id.as_str() == API_KEY_ID);
        let overlaps = token.secrets.iter().filter_map(|secret| secret.valid_until);
        let scopes: Vec<_> = token.scopes.iter().map(Scope::as_str).collect();
        Self {
            id: token.id.to_string(),
            name: token.name.clone(),
            tenant: tenant.map_or_else(String::new, |tenant| tenant.slug.as_str().to_owned()),
            scopes: scopes.join(", "),
            state: told(token, state, status, now),
            created: moment(token.created_at),
            expires: token.expires_at.map(moment),
            revoked: token.revoked_at.map(moment),
            used: services.access.last_used(&token.id).map(moment),
            since: moment(token.secret_since()),
            is_old: state == TokenState::Active && is_old(token.secret_since(), now),
            overlaps: overlaps.filter(|until| *until > now).map(moment).collect(),
            can_rotate: state == TokenState::Active && !is_given,
            is_given,
        }
    }
}

fn told(
    token: &Token,
    state: TokenState,
    tenant: TenantStatus,
    now: Timestamp,
) -> (&'static str, &'static str) {
    match (state, tenant) {
        (TokenState::Revoked, _) => ("off", "revoked"),
        (TokenState::Expired, _) => ("off", "expired"),
        (TokenState::Active, TenantStatus::Deleted) => ("off", "tenant deleted"),
        (TokenState::Active, TenantStatus::Suspended) => ("warn", "tenant suspended"),
        (TokenState::Active, TenantStatus::Active) => match token.expires_at {
            Some(end) if end.duration_since(now) < ENDS_SOON => ("warn", "ends soon"),
            _ => ("ok", "works"),
        },
    }
}

pub(super) static ROUTES: &[Route] = &[
    Route::page("/console/tokens", SEE, Handler::Now(show_tokens)),
    Route::page("/console/new-token", CHANGE, Handler::Now(show_form)),
    Route::form("/console/new-token", CHANGE, handler!(create_token)),
    Route::page("/console/tokens/{token}", SEE, Handler::Now(show_token)),
    Route::form("/console/tokens/{token}/rotate", CHANGE, handler!(rotate_token)),
    Route::form("/console/tokens/{token}/revoke", CHANGE, handler!(revoke_token)),
];
