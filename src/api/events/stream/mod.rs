//! `GET /v1/events/stream`: a tenant's events as they come (server-sent events), from now on or behind a cursor.
//!
//! A stream is a task that follows the tenant and a body that the connection takes pieces from, with room for one
//! portion between them. While nothing happens the task sleeps; every heartbeat it says how far the ledger was looked
//! at, so that a reader that was cut off goes on there. A stream takes no place of a request, and ends with its reason
//! as a last piece: the reader is too slow, may read no more, or the appliance stops.

/// The one place between a stream's task and its body.
mod pipe;

/// The task behind a stream, and the right to read, which is looked at again while a stream goes on.
mod reader;

/// Opening a stream.
mod open;

/// Lines of the log.
mod lines;

pub(crate) use self::lines::{FollowingLines, follow_lines};
pub(crate) use self::open::{Following, follow, follow_events};
pub(crate) use self::reader::{Form, Right};
