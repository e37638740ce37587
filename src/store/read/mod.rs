//! Reading events.

/// One consistent state of view and database.
pub mod reader;

/// Walking a tenant's events in either direction.
pub mod scan;

pub(super) use reader::{compare_stored, is_stored_payload};
