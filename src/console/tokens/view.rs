//! A token as pages show it.

use crate::console::words::Moment;
use crate::domain::scope::Scope;
use crate::domain::secret::is_old;
use crate::domain::tenant::TenantStatus;
use crate::domain::time::Timestamp;
use crate::domain::token::{API_KEY_ID, Token, TokenState};
use crate::http::edge::Services;
use std::time::Duration;

/// Time before its end at which a token's end is announced.
const ENDS_SOON: Duration = Duration::from_hours(7 * 24);

/// A token as pages show it.
pub(in crate::console) struct TokenView {
    pub(in crate::console) id: String,
    pub(in crate::console) name: String,
    pub(in crate::console) tenant: String,
    pub(in crate::console) scopes: String,
    pub(in crate::console) state: (&'static str, &'static str),
    pub(in crate::console) created: Moment,
    pub(in crate::console) expires: Option<Moment>,
    pub(in crate::console) revoked: Option<Moment>,
    pub(in crate::console) used: Option<Moment>,
    /// Since when the present secret is in use.
    pub(in crate::console) since: Moment,
    /// Whether it works and its secret should give way to a new one.
    pub(in crate::console) is_old: bool,
    /// Until when the secrets before work.
    pub(in crate::console) overlaps: Vec<Moment>,
    /// Whether it can be changed here: it works or has expired, and its text is not given from outside.
    pub(in crate::console) can_rotate: bool,
    /// Whether its text is given from outside, as `API_KEY`.
    pub(in crate::console) is_given: bool,
}

impl TokenView {
    /// Returns where a form of the token is sent to.
    pub(in crate::console) fn address(&self, what: &str) -> String {
        format!("/console/tokens/{}/{what}", self.id)
    }

    /// Looks at a token from now.
    pub(in crate::console) fn new(services: &Services, token: &Token, now: Timestamp) -> Self {
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
