//! Tenants: all of them, a new one, one with everything that belongs to it, and its first event.

/// What a tenant has done lately.
mod lately;

/// One of them.
mod one;

/// All of them, and a new one.
mod list;

/// The way to a new tenant's first event.
mod first_event;

/// The routes.
mod routes;

pub(super) use self::routes::ROUTES;
