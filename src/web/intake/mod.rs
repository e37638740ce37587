//! Events coming in.

/// One event, and the answer to it.
mod single;

/// What the query says of events that do not say it themselves.
mod named;

/// Several events of one request.
mod members;

/// A batch of CloudEvents.
mod batch;

/// A body of lines.
mod lines;

/// `POST /v1/events`.
mod events;

pub(super) use self::events::post_events;
