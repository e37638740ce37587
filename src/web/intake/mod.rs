//! Events coming in.

/// One event, and the answer to it.
mod single;

/// `POST /v1/events`.
mod events;

/// `POST /in/{tenant}/{source}` and `POST /pos/{source}/ingest`.
mod webhook;

pub(super) use self::events::post_events;
pub(super) use self::webhook::{post_terminal, post_webhook};
