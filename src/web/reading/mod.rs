//! Events going out: pages, single events, payloads, everything.

/// Query parameters of listings.
mod parameters;

/// `GET /v1/events`.
mod list;

/// `GET /v1/events/{seq}`.
mod find;

/// `GET /v1/events/{seq}/payload`.
mod payload;

/// `GET /v1/events/export`.
mod export;

pub(super) use self::export::export_events;
pub(super) use self::find::find_event;
pub(super) use self::list::list_events;
pub(super) use self::payload::find_payload;
