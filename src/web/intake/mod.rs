//! Events coming in.

/// One event, and the answer to it.
mod single;

/// What the query says of events that do not say it themselves.
mod named;

/// Several events of one request.
mod members;

/// A batch of CloudEvents.
mod batch;

/// Answers to lines that the sender has not taken yet.
mod backlog;

/// Writing what became of lines.
mod answering;

/// A body of lines.
mod lines;

/// `POST /v1/events`.
mod events;

/// `POST /in/{tenant}/{source}` and `POST /pos/{source}/ingest`.
mod webhook;

pub(super) use self::events::post_events;
pub(super) use self::webhook::{post_terminal, post_webhook};
