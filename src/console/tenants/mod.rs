//! Tenants: all of them, a new one, one with everything that belongs to it, and its first event.

/// What of a tenant can be set, as it stands in forms.
mod typed;

/// The list.
mod list;

/// Making one.
mod create;

/// What a tenant has done lately.
mod lately;

/// One of them.
mod one;

/// The way to a new tenant's first event.
mod first_event;

/// The routes.
mod routes;

pub(super) use self::routes::ROUTES;
