//! Sources: all of them, a new one, and one with its address, its scheme, its secrets and its end.

/// A source as pages show it.
mod view;

/// What is typed about a source.
mod typed;

/// What was made just now, with a secret that is shown once.
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
pub(in crate::console) use self::view::SourceView;
