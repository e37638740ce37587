//! The people who run the appliance.

/// What both pages show of an operator.
mod view;

/// All of them, and adding one.
mod list;

/// One of them, and what can be done.
mod one;

/// The routes.
mod routes;

pub(super) use self::routes::ROUTES;
