//! Who calls, and which tenant they reach.

use crate::crypto::digest::Digest;
use crate::domain::ids::{SYSTEM_TENANT, TokenId};
use crate::domain::names::Slug;
use crate::domain::scope::Scope;
use crate::domain::tenant::{Tenant, TenantStatus};
use crate::domain::time::Timestamp;
use crate::domain::token::{self, Token, TokenRefusal};
use crate::platform::clock::Clock;
use crate::platform::locks::{read, write};
use crate::services::audit::Actor;
use crate::services::refusal::shortened;
use crate::services::tenants;
use crate::store::effects::{Effects, ROWS_PER_ENTRY};
use crate::store::handle::Store;
use crate::store::rows::value::TokenUse;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

/// The slug used where a request of a `system` token names none.
const DEFAULT_SLUG: &str = "default";

/// Tells who a credential belongs to. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Access {
    store: Store,
    clock: Arc<dyn Clock>,
    /// When each token was last used; written when a token is used for the first time of this run.
    uses: Arc<RwLock<HashMap<TokenId, LastUse>>>,
}

/// When a token was last used, in microseconds, and what of it is in the store.
#[derive(Debug, Default)]
struct LastUse {
    at: AtomicU64,
    written: AtomicU64,
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
    /// Who calls.
    pub holder: Holder,
    /// The tenant the request works on: the token's own, or for tokens of `system` and the command line the one named.
    pub tenant: Arc<Tenant>,
}

/// Who calls.
#[derive(Clone, Debug)]
pub enum Holder {
    /// The holder of this token.
    Token(Arc<Token>),
    /// Somebody with access to the machine, who needs no token.
    CommandLine,
}

impl Holder {
    /// Returns the name for people, which is the default source of events.
    pub fn name(&self) -> &str {
        match self {
            Self::Token(token) => &token.name,
            Self::CommandLine => "command line",
        }
    }

    /// Returns who changes something, for the ledger.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Token(token) => Actor::Token(token.id.clone()),
            Self::CommandLine => Actor::CommandLine,
        }
    }
}

/// What of a caller is looked at again while a long answer goes on: no secret, only its digest.
#[derive(Clone, Debug)]
pub struct Standing {
    token: TokenId,
    digest: Digest,
    tenant: Slug,
    scope: Scope,
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
        self.recognize(id, &token::digest_of(secret))
    }

    fn recognize(&self, id: &str, digest: &Digest) -> Result<Caller, AccessError> {
        let catalog = self.store.catalog_now();
        let token = catalog.token(id).ok_or(TokenRefusal::Unknown)?;
        let now = self.clock.now();
        token.check_digest(digest, now)?;
        let tenant = catalog.tenant(token.tenant).ok_or(TokenRefusal::Unknown)?;
        if tenant.status == TenantStatus::Deleted {
            return Err(AccessError::TenantUnknown(tenant.slug.as_str().to_owned()));
        }
        self.note_use(&token.id, now);
        Ok(Caller { token: Arc::clone(token), tenant: Arc::clone(tenant) })
    }

    /// Decides which tenant a caller reaches and whether the token has the scope.
    pub fn reach(&self, caller: &Caller, tenant: Option<&str>, scope: Scope) -> Result<Reach, AccessError> {
        let reached = self.named_tenant(caller, tenant)?;
        if reached.status == TenantStatus::Suspended {
            return Err(AccessError::TenantSuspended(reached.slug.clone()));
        }
        let of_system = caller.tenant.number == SYSTEM_TENANT;
        if !caller.token.scopes.allow(scope) || (scope.system_only() && !of_system) {
            return Err(AccessError::ScopeMissing(scope));
        }
        if scope == Scope::EventsWrite && reached.number == SYSTEM_TENANT {
            return Err(AccessError::TenantReserved);
        }
        Ok(Reach { holder: Holder::Token(Arc::clone(&caller.token)), tenant: reached })
    }

    /// Returns what is looked at again while an answer to this caller goes on; none if the text is not a token's.
    pub fn standing(&self, presented: &str, reach: &Reach, scope: Scope) -> Option<Standing> {
        let Holder::Token(token) = &reach.holder else { return None };
        let (_id, secret) = token::split(presented)?;
        let (token, tenant) = (token.id.clone(), reach.tenant.slug.clone());
        Some(Standing { token, digest: token::digest_of(secret), tenant, scope })
    }

    /// Decides anew whether a caller may go on: the token still works, and the tenant too.
    pub fn still(&self, standing: &Standing) -> Result<(), AccessError> {
        let caller = self.recognize(standing.token.as_str(), &standing.digest)?;
        self.reach(&caller, Some(standing.tenant.as_str()), standing.scope).map(drop)
    }

    /// Decides whether a caller may operate the appliance: the token is of tenant `system` and has the scope. No
    /// other tenant plays a part, so that none can be in the way.
    pub fn operate(&self, caller: &Caller, scope: Scope) -> Result<Reach, AccessError> {
        if caller.tenant.number != SYSTEM_TENANT || !caller.token.scopes.allow(scope) {
            return Err(AccessError::ScopeMissing(scope));
        }
        Ok(Reach { holder: Holder::Token(Arc::clone(&caller.token)), tenant: Arc::clone(&caller.tenant) })
    }

    /// Decides which tenant the command line works on. It reads and manages every tenant there ever was; events go to
    /// those alone that take them from others too.
    pub fn reach_from_command_line(&self, tenant: Option<&str>, scope: Scope) -> Result<Reach, AccessError> {
        let wanted = tenant.unwrap_or(DEFAULT_SLUG);
        let unknown = || AccessError::TenantUnknown(shortened(wanted));
        let tenant = self.store.catalog().tenant_by_slug(wanted).map(Arc::clone).ok_or_else(unknown)?;
        if scope == Scope::EventsWrite {
            match tenant.status {
                TenantStatus::Suspended => return Err(AccessError::TenantSuspended(tenant.slug.clone())),
                TenantStatus::Deleted => return Err(unknown()),
                TenantStatus::Active if tenant.number == SYSTEM_TENANT => {
                    return Err(AccessError::TenantReserved);
                }
                TenantStatus::Active => {}
            }
        }
        Ok(Reach { holder: Holder::CommandLine, tenant })
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
        let known = tenants::find(&self.store.catalog(), wanted);
        known.map_err(|_unknown| AccessError::TenantUnknown(shortened(wanted)))
    }

    fn note_use(&self, id: &TokenId, now: Timestamp) {
        let known = read(&self.uses);
        if let Some(last) = known.get(id.as_str()) {
            return last.at.store(now.as_micros(), Ordering::Relaxed);
        }
        drop(known);
        let mut uses = write(&self.uses);
        uses.entry(id.clone()).or_default().at.store(now.as_micros(), Ordering::Relaxed);
    }

    /// Returns when a request last used the token.
    pub fn last_used(&self, id: &TokenId) -> Option<Timestamp> {
        let uses = read(&self.uses);
        let noted = uses.get(id.as_str()).map(|last| Timestamp::from_micros(last.at.load(Ordering::Relaxed)));
        drop(uses);
        noted.or_else(|| self.store.token_use(id.as_str()).ok().flatten())
    }

    /// Writes the last uses that were not written yet. Called every minute and at the end.
    pub fn write_uses(&self) {
        let uses = read(&self.uses);
        let fresh: Vec<_> = uses
            .iter()
            .map(|(id, last)| (id.clone(), last.at.load(Ordering::Relaxed), last))
            .filter(|(_, at, last)| last.written.swap(*at, Ordering::Relaxed) != *at)
            .map(|(id, at, _)| TokenUse { id, at: Timestamp::from_micros(at) })
            .collect();
        drop(uses);
        for portion in fresh.chunks(ROWS_PER_ENTRY) {
            let effects = portion.iter().fold(Effects::default(), Effects::put);
            if let Err(error) = self.store.put(effects) {
                tracing::warn!(error = %error, "Last uses of tokens were not written");
            }
        }
    }
}
