//! Who calls, and which tenant they reach.

use crate::domain::ids::{SYSTEM_TENANT, TokenId};
use crate::domain::names::Slug;
use crate::domain::scope::Scope;
use crate::domain::tenant::{Tenant, TenantStatus};
use crate::domain::time::Timestamp;
use crate::domain::token::{self, Token, TokenRefusal};
use crate::platform::clock::Clock;
use crate::store::effects::Effects;
use crate::store::handle::Store;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How exactly a token's last use is kept.
const LAST_USE_PRECISION: Duration = Duration::from_mins(1);

/// The slug used where a request of a `system` token names none.
const DEFAULT_SLUG: &str = "default";

/// Tells who a credential belongs to. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Access {
    store: Store,
    clock: Arc<dyn Clock>,
    /// Last uses not yet written; taken for a moment by the first request of a token in a minute.
    uses: Arc<Mutex<HashMap<TokenId, Timestamp>>>,
}

/// A caller whose token was accepted.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The token presented.
    pub token: Arc<Token>,
    /// The token's own tenant.
    pub tenant: Arc<Tenant>,
}

/// A caller in the tenant the request works on.
#[derive(Clone, Debug)]
pub struct Reach {
    /// The token presented.
    pub token: Arc<Token>,
    /// The tenant the request works on: the token's own, or for tokens of `system` the one named.
    pub tenant: Arc<Tenant>,
}

/// Why a caller is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// The token's text is malformed, unknown, expired or revoked.
    #[error(transparent)]
    Token(#[from] TokenRefusal),
    /// The token lacks the scope.
    #[error("the token lacks the scope `{0}`; hint: create a token that has it")]
    ScopeMissing(Scope),
    /// `X-Tenant-Id` names another tenant than the token's.
    #[error(
        "the token belongs to another tenant than `{0}`; hint: leave X-Tenant-Id out or use that tenant's token"
    )]
    OtherTenant(String),
    /// No such tenant, or it was deleted.
    #[error("there is no tenant `{0}`")]
    TenantUnknown(String),
    /// The tenant is suspended.
    #[error("the tenant `{0}` is suspended")]
    TenantSuspended(Slug),
    /// Events of tenant `system` are written by the appliance alone.
    #[error(
        "events of tenant `system` are written by the appliance alone; hint: name another tenant by X-Tenant-Id"
    )]
    TenantReserved,
}

impl Access {
    /// Stands on the store's catalog.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, uses: Arc::default() }
    }

    /// Finds out who presented a token's text.
    pub fn authenticate(&self, presented: &str) -> Result<Caller, AccessError> {
        let (id, secret) = token::split(presented).ok_or(TokenRefusal::Unknown)?;
        let catalog = self.store.catalog();
        let token = catalog.token(id).ok_or(TokenRefusal::Unknown)?;
        let now = self.clock.now();
        token.check(secret, now)?;
        let tenant = catalog.tenant(token.tenant).ok_or(TokenRefusal::Unknown)?;
        if tenant.status == TenantStatus::Deleted {
            return Err(TokenRefusal::Unknown.into());
        }
        self.note_use(token, now);
        Ok(Caller { token: Arc::clone(token), tenant: Arc::clone(tenant) })
    }

    /// Decides which tenant a caller reaches and whether the token has the scope.
    pub fn reach(&self, caller: &Caller, tenant: Option<&str>, scope: Scope) -> Result<Reach, AccessError> {
        let reached = self.named_tenant(caller, tenant)?;
        if reached.status == TenantStatus::Suspended {
            return Err(AccessError::TenantSuspended(reached.slug.clone()));
        }
        if !caller.token.scopes.allow(scope) {
            return Err(AccessError::ScopeMissing(scope));
        }
        if scope == Scope::EventsWrite && reached.number == SYSTEM_TENANT {
            return Err(AccessError::TenantReserved);
        }
        Ok(Reach { token: Arc::clone(&caller.token), tenant: reached })
    }

    /// Decides whether a caller may operate the appliance: the token is of tenant `system` and has the scope. No
    /// other tenant plays a part, so that none can be in the way.
    pub fn operate(&self, caller: &Caller, scope: Scope) -> Result<Reach, AccessError> {
        if caller.tenant.number != SYSTEM_TENANT || !caller.token.scopes.allow(scope) {
            return Err(AccessError::ScopeMissing(scope));
        }
        Ok(Reach { token: Arc::clone(&caller.token), tenant: Arc::clone(&caller.tenant) })
    }

    fn named_tenant(&self, caller: &Caller, named: Option<&str>) -> Result<Arc<Tenant>, AccessError> {
        let acts_on_all = caller.tenant.number == SYSTEM_TENANT;
        let wanted = match named {
            None if acts_on_all => DEFAULT_SLUG,
            None => return Ok(Arc::clone(&caller.tenant)),
            Some(named) if named == caller.tenant.slug.as_str() => return Ok(Arc::clone(&caller.tenant)),
            Some(named) if acts_on_all => named,
            Some(named) => return Err(AccessError::OtherTenant(shortened(named))),
        };
        let catalog = self.store.catalog();
        let known = catalog.tenant_by_slug(wanted).filter(|tenant| tenant.status != TenantStatus::Deleted);
        known.map(Arc::clone).ok_or_else(|| AccessError::TenantUnknown(shortened(wanted)))
    }

    fn note_use(&self, token: &Token, now: Timestamp) {
        let due = |last: Timestamp| now.duration_since(last) >= LAST_USE_PRECISION;
        if token.last_used_at.is_none_or(due) {
            let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
            if !uses.contains_key(token.id.as_str()) {
                uses.insert(token.id.clone(), now);
            }
        }
    }

    /// Writes the last uses noted since the last call. Called every minute and at the end.
    pub fn write_uses(&self) {
        let uses = std::mem::take(&mut *self.uses.lock().unwrap_or_else(PoisonError::into_inner));
        if uses.is_empty() {
            return;
        }
        // Decided like a command, so that a rotation or revocation in between is not undone.
        let write = self.store.execute_unanswered(move |catalog, _now| {
            let mut effects = Effects::default();
            for (id, at) in uses {
                if let Some(token) = catalog.token(id.as_str()) {
                    let used = Token { last_used_at: Some(at), ..Token::clone(token) };
                    effects = effects.put_token(&used);
                }
            }
            Some(effects)
        });
        if let Err(error) = write {
            tracing::warn!(error = %error, "Last uses of tokens were not written");
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
