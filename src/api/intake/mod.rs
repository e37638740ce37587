//! Events coming in.

/// The receipts of an event, and of one of several events of a request.
pub(crate) mod receipt;

/// A CloudEvent whose attributes stand in headers.
mod binary;

/// A CloudEvent in JSON.
pub(crate) mod cloudevent;

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

/// The routes.
mod routes;

pub(super) use self::routes::ROUTES;
