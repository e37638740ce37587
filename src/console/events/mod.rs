//! Events: looking for them, looking at one, and watching them come.

/// What an explorer was asked for.
mod asked;

/// An event as a line of a list.
mod row;

/// What a search text was taken for.
mod search;

/// The list of a tenant's events.
mod explorer;

/// Events as they come.
mod tail;

/// A payload as text, of any size.
mod payload;

/// What one event is.
mod facts;

/// One event.
mod detail;

/// The routes.
mod routes;

pub(super) use self::routes::ROUTES;
