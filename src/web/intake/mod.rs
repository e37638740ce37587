//! Events coming in.

/// One event, and the answer to it.
mod single;

/// `POST /v1/events`.
mod events;

pub(super) use self::events::post_events;
