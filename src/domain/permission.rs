//! What operators may do: the one table that console, API and command line look at.

use crate::domain::operator::Role;
use crate::domain::scope::{Scope, Scopes};
use serde::{Deserialize, Serialize};

/// Something an operator may or may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Sees everything there is to see; secrets are never shown to anybody.
    See,
    /// Runs jobs, pauses agents, lifts and adds blocks: what keeps the appliance going.
    Operate,
    /// Changes tenants, tokens, sources and settings.
    Change,
    /// Creates, changes and deletes operators, and the tokens that do whatever an owner does.
    ManageOperators,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 4] = [Self::See, Self::Operate, Self::Change, Self::ManageOperators];
}

impl Role {
    /// Tells whether operators of the role may do something.
    pub const fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::See => true,
            Permission::Operate | Permission::Change => matches!(self, Self::Owner | Self::Admin),
            Permission::ManageOperators => matches!(self, Self::Owner),
        }
    }

    /// Tells whether operators of the role manage tokens with these scopes: nobody hands out more than they hold.
    pub fn may_grant(self, scopes: Scopes) -> bool {
        self.may(Permission::Change) && scopes.iter().all(|scope| self.may(asked_by(scope)))
    }
}

/// Returns what it takes to hand a scope out. The holder of `admin` does whatever an owner does.
const fn asked_by(scope: Scope) -> Permission {
    match scope {
        Scope::Admin => Permission::ManageOperators,
        Scope::EventsWrite
        | Scope::EventsRead
        | Scope::FlagsRead
        | Scope::FlagsWrite
        | Scope::Agents
        | Scope::MetricsRead
        | Scope::LedgerRead => Permission::Change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_may_do_what_the_one_below_it_may() {
        for permission in Permission::ALL {
            assert!(Role::Owner.may(permission));
            assert!(Role::Admin.may(permission) || !Role::Viewer.may(permission));
        }
        let of = |role: Role| Permission::ALL.into_iter().filter(|one| role.may(*one)).count();
        assert_eq!([of(Role::Owner), of(Role::Admin), of(Role::Viewer)], [4, 3, 1]);
    }

    #[test]
    fn only_owners_hand_out_what_owners_may_do() {
        for scope in Scope::ALL {
            let scopes = [Scope::EventsRead, scope].into_iter().collect();
            let expected = [true, scope != Scope::Admin, false];
            assert_eq!(Role::ALL.map(|role| role.may_grant(scopes)), expected, "{scope}");
        }
    }
}
