//! Stored rows: what stands in each row table, mostly JSON with members that may only be added to.
//!
//! A row is always written with all its members, also those without a value: a member that is missing in a rewritten row
//! is taken for one that only a newer program knows, and kept.

/// What a stored type names: its table, its key and how its row is written and read.
pub mod stored;

/// Members that this program does not know.
pub(super) mod keep;

/// Digests as hexadecimal digits.
mod hex;

/// Rows of tenants.
mod tenant;

/// Rows of tokens, and when they were last used.
pub mod token;

/// Rows of operators.
mod operator;

/// Rows of operators' sessions and one-time links.
pub mod session;

/// Rows of sources.
mod source;

/// Rows of bans.
mod ban;

/// Rows of agents.
mod agent;

/// Rows of remembered requests.
mod request;

/// Rows of counters and settings.
pub mod value;

/// Rows that tell of stretches of time: job runs, usage and series.
pub mod period;

/// Reading rows of one type.
pub(super) mod load;
