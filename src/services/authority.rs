//! What those who ask for changes may do at most. The one decision for console, API and command line: nobody makes,
//! rotates, changes or revokes a credential that may do more than they may themselves.
//!
//! It is made on the catalog on which the change is decided, so that a request which waited while its sender lost a role
//! or a token changes nothing.

use crate::domain::ids::SYSTEM_TENANT;
use crate::domain::operator::Role;
use crate::domain::permission::Permission;
use crate::domain::scope::{Scope, Scopes};
use crate::services::audit::Actor;
use crate::services::refusal::{Refusal, RefusalExt};
use crate::store::catalog::Catalog;

/// Checks that the actor may make or manage a token with these scopes.
pub(super) fn check_grant(actor: &Actor, catalog: &Catalog, scopes: Scopes) -> Result<(), Refusal> {
    if role_of(actor, catalog).is_some_and(|role| role.may_grant(scopes)) {
        return Ok(());
    }
    let which = if scopes.allow(Scope::Admin) { " with the scope `admin`" } else { "" };
    Err(lacking(actor, catalog, &format!("manage tokens{which}"))).at("scopes")
}

/// Checks that the actor may change tenants, sources and their secrets.
pub(super) fn check_changer(actor: &Actor, catalog: &Catalog) -> Result<(), Refusal> {
    check(actor, catalog, Permission::Change, "change this")
}

/// Checks that the actor may manage operators.
pub(super) fn check_manager(actor: &Actor, catalog: &Catalog) -> Result<(), Refusal> {
    check(actor, catalog, Permission::ManageOperators, "manage operators")
}

fn check(actor: &Actor, catalog: &Catalog, permission: Permission, what: &str) -> Result<(), Refusal> {
    if role_of(actor, catalog).is_some_and(|role| role.may(permission)) {
        return Ok(());
    }
    Err(lacking(actor, catalog, what))
}

/// Returns the role that the actor acts with: access to the machine, or a token with the scope `admin`, counts as an owner.
/// None: the account or token is gone.
fn role_of(actor: &Actor, catalog: &Catalog) -> Option<Role> {
    match actor {
        Actor::CommandLine | Actor::Appliance | Actor::SetupLink => Some(Role::Owner),
        Actor::Operator(name) => Some(catalog.operator(name)?.role),
        Actor::Token(id) => {
            let token = catalog.token(id.as_str()).filter(|token| token.revoked_at.is_none())?;
            let acts_on_all = token.tenant == SYSTEM_TENANT && token.scopes.allow(Scope::Admin);
            acts_on_all.then_some(Role::Owner)
        }
    }
}

fn lacking(actor: &Actor, catalog: &Catalog, what: &str) -> Refusal {
    match (actor, role_of(actor, catalog)) {
        (Actor::Token(_), _) => Refusal::ScopeLacking(format!("the token may not {what}")),
        (_, Some(role)) => {
            Refusal::RoleLacking(format!("operators of the role {} may not {what}", role.as_str()))
        }
        (_, None) => Refusal::RoleLacking(format!("an operator who was deleted may not {what}")),
    }
}
