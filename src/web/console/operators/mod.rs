//! The people who run the appliance.

/// What both pages show of an operator.
mod view;

/// All of them, and adding one.
mod list;

/// One of them, and what can be done.
mod one;

pub(super) use self::list::{create_operator, show_operators};
pub(super) use self::one::{change_role, delete_operator, end_sessions_of, reset_password, show_operator};
