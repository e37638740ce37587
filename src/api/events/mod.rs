//! Events going out: pages, single events, payloads, everything, and what comes.

/// An event as CloudEvents 1.0 JSON.
pub(crate) mod event;

/// Pieces of an event stream.
pub(crate) mod frame;

/// Query parameters of listings.
mod parameters;

/// `GET /v1/events/export`.
mod export;

/// `GET /v1/events/stream`.
mod stream;

/// Pages, single events and payloads; the routes.
mod routes;

pub(crate) use self::export::{ExportForm, export, json_lines};
pub(super) use self::parameters::read_place;
pub(crate) use self::parameters::{read_tail, trace_id};
pub(super) use self::routes::{ROUTES, answer_page};
pub(crate) use self::stream::{Following, FollowingLines, Form, Right, follow, follow_lines};
