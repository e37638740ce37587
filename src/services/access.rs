//! Who calls, and which tenant they reach.

use crate::domain::names::Slug;
use crate::domain::scope::Scope;
use crate::domain::tenant::Tenant;
use crate::domain::token::{Token, TokenRefusal};
use std::sync::Arc;

/// Tells who a credential belongs to. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Access;

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
}

impl Access {
    /// Finds out who presented a token's text.
    pub fn authenticate(&self, presented: &str) -> Result<Caller, AccessError> {
        let _ = (self, presented);
        std::process::abort()
    }

    /// Decides which tenant a caller reaches and whether the token has the scope.
    pub fn reach(&self, caller: &Caller, tenant: Option<&str>, scope: Scope) -> Result<Reach, AccessError> {
        let _ = (self, caller, tenant, scope);
        std::process::abort()
    }
}
