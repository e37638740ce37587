//! Tokens: all of them, a new one, and one with its rotation and its end.

/// A token as pages show it.
mod view;

/// A token's text, shown once.
mod made;

/// The list.
mod list;

/// Making one.
mod create;

/// One of them.
mod one;

/// The routes.
mod routes;

pub(super) use self::routes::ROUTES;
pub(in crate::console) use self::view::TokenView;
