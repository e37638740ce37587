//! Events going out: pages, single events, payloads, everything, and what comes.

/// An event as CloudEvents 1.0 JSON.
pub(crate) mod event;

/// A page of events.
pub(crate) mod page;

/// Pieces of an event stream.
pub(crate) mod frame;

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

/// `GET /v1/events/stream`.
mod stream;

/// The routes.
mod routes;

pub(crate) use self::export::{ExportForm, export};
pub(crate) use self::parameters::{limit, read_tail, trace_id};
pub(super) use self::routes::ROUTES;
pub(crate) use self::stream::{Following, FollowingLines, Form, Right, follow, follow_lines};
