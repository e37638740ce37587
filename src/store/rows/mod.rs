//! Stored rows: what stands in each row table, mostly JSON with fields that may only be added to.

/// What a stored type names: its table, its key and how its row is written and read.
pub mod stored;

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

/// Rows of counters and settings.
pub mod value;

/// Rows that tell of stretches of time: job runs, usage and series.
pub mod period;

/// Reading rows of one type.
pub(super) mod load;
