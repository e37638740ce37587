//! Tokens: create, rotate, revoke.

use crate::crypto::digest::Digest;
use crate::domain::ids::{SYSTEM_TENANT, TokenId};
use crate::domain::names::{LABEL_PATTERN, check_label};
use crate::domain::scope::{Scope, Scopes};
use crate::domain::time::{Timestamp, parse_duration};
use crate::domain::token::{
    API_KEY_ID, API_KEY_LEN_MAX, ID_BYTES, MintedToken, SECRET_BYTES, SECRETS_MAX, SecretDigest, Token,
    digest_of, is_api_key,
};
use crate::platform::entropy::{Entropy, array};
use crate::services::audit::{self, Actor};
use crate::services::authority::check_grant;
use crate::services::input::overlap;
use crate::services::refusal::{Refusal, RefusalExt, both};
use crate::services::request::{Request, carry_out};
use crate::services::tenants;
use crate::store::catalog::Catalog;
use crate::store::effects::Effects;
use crate::store::handle::Store;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Most tokens of an appliance, revoked ones too: they all stand in memory.
pub const TOKENS_MAX: usize = 65_536;

/// How long a token with the scope `admin` works unless asked otherwise: it does whatever an owner does, and one that was
/// forgotten somewhere should not do so for ever.
pub const ADMIN_VALID_FOR: Duration = Duration::from_hours(90 * 24);

/// What a new token's `expires_in` says when it works until it is revoked.
const NEVER: &str = "never";

/// Creates, rotates and revokes tokens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tokens {
    store: Store,
    entropy: Arc<dyn Entropy>,
}

/// A token to be made.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Slug of the tenant it reaches; tokens of `system` act on the whole appliance.
    pub tenant: String,
    /// Name for people, and the default source of its events. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// How long it works, for example `90d`; `never`: until it is revoked. Without: 90 days with the scope `admin`, and
    /// until it is revoked with others.
    pub expires_in: Option<String>,
}

/// How a token is given a new secret.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRotation {
    /// How long the present secret works on, such as `24h`, at most `30d`; `24h` without.
    pub overlap: Option<String>,
}

/// What became of the token of `API_KEY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKey {
    /// It is as it was.
    Unchanged,
    /// It works with a new text.
    Changed,
    /// It works no more.
    Revoked,
}

fn api_key(digest: Digest, created_at: Timestamp, now: Timestamp) -> Token {
    Token {
        id: TokenId::parse(API_KEY_ID).expect("the fixed id has an id's form"),
        tenant: SYSTEM_TENANT,
        name: "API_KEY".to_owned(),
        scopes: Scope::ALL.into_iter().collect(),
        secrets: vec![SecretDigest::new(digest, now)],
        created_at,
        expires_at: None,
        revoked_at: None,
    }
}

impl Tokens {
    /// Stands on the store.
    pub fn new(store: Store, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, entropy }
    }

    /// Creates a token; its text is returned once and kept nowhere.
    pub async fn create(
        &self,
        request: impl Into<Request>,
        new: NewToken,
    ) -> Result<(Arc<Token>, String), Refusal> {
        let named = both(check_label("name", &new.name).at("name"), check_scopes(new.scopes));
        let (_named, valid_for) = both(named, valid_for(new.expires_in.as_deref(), new.scopes))?;
        let id = array::<ID_BYTES>(self.entropy.as_ref());
        let minted = MintedToken::new(&id, &array::<SECRET_BYTES>(self.entropy.as_ref()));
        let MintedToken { id, text, digest } = minted;
        let token = carry_out(&self.store, request, move |actor, catalog, now| {
            let tenant = tenants::find(catalog, &new.tenant).at("tenant")?;
            if tenant.number != SYSTEM_TENANT {
                check_reach(new.scopes)?;
            }
            check_grant(actor, catalog, new.scopes)?;
            if catalog.tokens().count() >= TOKENS_MAX {
                return Err(Refusal::TooMany { what: "tokens", most: TOKENS_MAX });
            }
            let token = Token {
                id,
                tenant: tenant.number,
                name: new.name,
                scopes: new.scopes,
                secrets: vec![SecretDigest::new(digest, now)],
                created_at: now,
                expires_at: valid_for.map(|valid| now.saturating_add(valid)),
                revoked_at: None,
            };
            let details = json!({
                "tenant": tenant.slug, "name": token.name, "scopes": token.scopes, "expires_at": token.expires_at,
            });
            let effects = audit::record(actor, "token.created", token.id.as_str(), &details);
            Ok((effects.put(&token).made(token.place()), Arc::new(token)))
        });
        Ok((token.await?, text))
    }

    /// Makes the token whose text is the one given, of tenant `system` and with every scope; a new text takes the place
    /// of the former. Without a text the token is revoked.
    pub async fn ensure_api_key(&self, actor: Actor, text: Option<&str>) -> Result<ApiKey, Refusal> {
        if text.is_some_and(|text| !is_api_key(text)) {
            return Err(Refusal::Unacceptable(format!(
                "it is not 1 to {API_KEY_LEN_MAX} visible characters of ASCII without mst_ in front; hint: `openssl rand -hex 32` makes one"
            )));
        }
        let digest = text.map(digest_of);
        carry_out(&self.store, actor, move |actor, catalog, now| {
            let known = catalog.token(API_KEY_ID).map(|known| Token::clone(known));
            let works = known.as_ref().filter(|known| known.revoked_at.is_none());
            let same =
                works.is_some_and(|known| known.secrets.iter().any(|kept| Some(kept.digest) == digest));
            let (became, what, token) = match (digest, known) {
                (None, Some(known)) if known.revoked_at.is_none() => {
                    (ApiKey::Revoked, "token.revoked", Token { revoked_at: Some(now), ..known })
                }
                (Some(digest), known) if !same => {
                    let created_at = known.map_or(now, |known| known.created_at);
                    (ApiKey::Changed, "token.api_key_given", api_key(digest, created_at, now))
                }
                _ => return Ok((Effects::default(), ApiKey::Unchanged)),
            };
            let effects = audit::record(actor, what, API_KEY_ID, &json!({ "name": token.name }));
            Ok((effects.put(&token), became))
        })
        .await
    }

    /// Returns every token, or a tenant's, oldest first.
    pub fn list(&self, tenant: Option<&str>) -> Result<Vec<Arc<Token>>, Refusal> {
        let catalog = self.store.catalog();
        let number =
            tenant.map(|slug| tenants::find(&catalog, slug)).transpose()?.map(|tenant| tenant.number);
        let wanted = |token: &&Arc<Token>| number.is_none_or(|number| token.tenant == number);
        let mut tokens: Vec<_> = catalog.tokens().filter(wanted).map(Arc::clone).collect();
        tokens.sort_by(|left, right| (left.created_at, &left.id).cmp(&(right.created_at, &right.id)));
        Ok(tokens)
    }

    /// Returns a token.
    pub fn find(&self, id: &str) -> Result<Arc<Token>, Refusal> {
        find(&self.store.catalog(), id)
    }

    /// Gives a token a new secret; the present one works on for the overlap.
    pub async fn rotate(
        &self,
        request: impl Into<Request>,
        id: &str,
        rotation: TokenRotation,
    ) -> Result<(Arc<Token>, String), Refusal> {
        let overlap = overlap(rotation.overlap.as_deref())?;
        let minted = MintedToken::with_id(parse_id(id)?, &array::<SECRET_BYTES>(self.entropy.as_ref()));
        let MintedToken { id, text, digest } = minted;
        let token = carry_out(&self.store, request, move |actor, catalog, now| {
            let mut token = Token::clone(&*find(catalog, id.as_str())?);
            check_grant(actor, catalog, token.scopes)?;
            if token.revoked_at.is_some() {
                return Err(Refusal::Unacceptable("the token is revoked; hint: create a new one".into()));
            }
            rotate_secrets(&mut token, SecretDigest::new(digest, now), now, overlap);
            let details = json!({ "name": token.name, "overlap_seconds": overlap.as_secs() });
            let effects = audit::record(actor, "token.rotated", token.id.as_str(), &details);
            Ok((effects.put(&token).made(token.place()), Arc::new(token)))
        });
        Ok((token.await?, text))
    }

    /// Revokes a token at once; revoking again changes nothing.
    pub async fn revoke(&self, actor: Actor, id: &str) -> Result<Arc<Token>, Refusal> {
        let id = parse_id(id)?;
        carry_out(&self.store, actor, move |actor, catalog, now| {
            let known = find(catalog, id.as_str())?;
            check_grant(actor, catalog, known.scopes)?;
            if known.revoked_at.is_some() {
                return Ok((Effects::default(), known));
            }
            let token = Token { revoked_at: Some(now), ..Token::clone(&known) };
            let details = json!({
                "tenant": catalog.tenant(token.tenant).map(|tenant| tenant.slug.as_str()),
                "name": token.name,
                "scopes": token.scopes,
                "before": { "revoked_at": null },
                "after": { "revoked_at": now },
            });
            let effects = audit::record(actor, "token.revoked", token.id.as_str(), &details);
            Ok((effects.put(&token), Arc::new(token)))
        })
        .await
    }
}

/// Returns a token's place in a list that begins with the newest.
pub fn newest_first(token: &Token) -> String {
    format!("{:016x}{}", u64::MAX - token.created_at.as_micros(), token.id)
}

fn find(catalog: &Catalog, id: &str) -> Result<Arc<Token>, Refusal> {
    catalog.token(id).map(Arc::clone).ok_or_else(|| Refusal::not_found("token", id))
}

fn parse_id(id: &str) -> Result<TokenId, Refusal> {
    TokenId::parse(id).map_err(|error| Refusal::Unacceptable(error.to_string()))
}

fn check_scopes(scopes: Scopes) -> Result<(), Refusal> {
    if scopes.is_empty() {
        let detail = "a token needs a scope; hint: such as events:write";
        return Err(Refusal::field_unacceptable("scopes", detail));
    }
    Ok(())
}

/// Checks that scopes reach no further than their tenant.
fn check_reach(scopes: Scopes) -> Result<(), Refusal> {
    let Some(scope) = scopes.iter().find(|scope| scope.system_only()) else { return Ok(()) };
    let detail = format!(
        "the scope `{scope}` is for tokens of tenant `system` alone; hint: make it a token of that tenant"
    );
    Err(Refusal::field_unacceptable("scopes", detail))
}

/// Reads how long a new token works; none: until it is revoked. The error is for people.
pub fn parse_validity(text: &str) -> Result<Option<Duration>, String> {
    match text.trim() {
        NEVER => Ok(None),
        text => parse_duration(text).map(Some).map_err(|error| format!("{error}, or `{NEVER}`")),
    }
}

fn valid_for(text: Option<&str>, scopes: Scopes) -> Result<Option<Duration>, Refusal> {
    let Some(text) = text else { return Ok(scopes.allow(Scope::Admin).then_some(ADMIN_VALID_FOR)) };
    let valid_for = parse_validity(text).map_err(Refusal::Unreadable).at("expires_in")?;
    if valid_for.is_some_and(|valid| valid < Duration::from_secs(1)) {
        return Err(Refusal::field_unacceptable("expires_in", "a token works for at least 1s"));
    }
    Ok(valid_for)
}

/// Puts the new secret first, lets the present one run out and forgets those that have.
fn rotate_secrets(token: &mut Token, fresh: SecretDigest, now: Timestamp, overlap: Duration) {
    let end = now.saturating_add(overlap);
    token.secrets.retain(|secret| secret.valid_until.is_none_or(|until| until > now));
    for secret in &mut token.secrets {
        secret.valid_until = Some(secret.valid_until.map_or(end, |until| until.min(end)));
    }
    token.secrets.retain(|secret| secret.valid_until.is_none_or(|until| until > now));
    token.secrets.insert(0, fresh);
    token.secrets.truncate(SECRETS_MAX);
}
