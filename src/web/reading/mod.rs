//! Events going out: pages, single events, payloads, everything, and what comes.

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

pub(super) use self::export::{ExportForm, export, export_events};
pub(super) use self::find::find_event;
pub(super) use self::list::list_events;
pub(super) use self::parameters::{limit, read_tail, trace_id};
pub(super) use self::payload::find_payload;
pub(super) use self::stream::{Following, FollowingLines, Form, Right, follow, follow_events, follow_lines};
