//! What both pages show of an operator.

use crate::console::words::Moment;
use crate::domain::operator::{Operator, Role};
use crate::domain::session::Session;
use crate::domain::time::Timestamp;

/// Every role with what its people may do, the one with the least first: it is the one to begin with.
pub(super) const ROLES: [(&str, &str); 3] = [
    (Role::Viewer.as_str(), "viewer: look"),
    (Role::Admin.as_str(), "admin: everything but operators"),
    (Role::Owner.as_str(), "owner: everything"),
];

/// An operator.
pub(super) struct OperatorView {
    pub(super) name: String,
    pub(super) role: &'static str,
    pub(super) has_second_factor: bool,
    pub(super) sessions: usize,
    pub(super) created: Moment,
    /// When a session was last used; none: no session is open.
    pub(super) seen: Option<Moment>,
    /// Whether it is who looks.
    pub(super) is_self: bool,
}

impl OperatorView {
    pub(super) fn new(operator: &Operator, sessions: &[Session], viewer: &str, now: Timestamp) -> Self {
        let own = || sessions.iter().filter(|session| session.operator == operator.name);
        Self {
            name: operator.name.clone(),
            role: operator.role.as_str(),
            has_second_factor: operator.totp.is_some(),
            sessions: own().count(),
            created: Moment::new(operator.created_at, now),
            seen: own().map(|session| session.seen_at).max().map(|at| Moment::new(at, now)),
            is_self: operator.name == viewer,
        }
    }
}
