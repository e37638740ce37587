//! Events: looking for them, looking at one, and watching them come.

/// What an explorer was asked for.
mod asked;

/// An event as a line of a list.
mod row;

/// What a search text was taken for.
mod search;

/// The list of a tenant's events.
mod explorer;

/// Events as they come.
mod tail;

/// A payload as text, of any size.
mod payload;

/// What one event is.
mod facts;

/// One event.
mod detail;

/// The payload's bytes.
mod download;

pub(super) use self::detail::show_event;
pub(super) use self::download::download_payload;
pub(super) use self::explorer::show_events;
pub(super) use self::tail::follow_events;
