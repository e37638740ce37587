//! Settings: what holds, who set it, and changing what the console may set.

/// What both pages show of a setting.
mod view;

/// All of them.
mod list;

/// One of them, with its form.
mod one;

/// The routes.
mod routes;

pub(super) use self::routes::ROUTES;
