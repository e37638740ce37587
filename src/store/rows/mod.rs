//! Stored rows: what stands in each row table, mostly JSON with members that may only be added to.
//!
//! A row is always written with all its members, also those without a value: a member that is missing in a rewritten row
//! is taken for one that only a newer program knows, and kept.

/// What a stored type names: its table, its key and how its row is written and read.
pub mod stored;

/// Members that this program does not know.
pub(super) mod keep;

/// Rows of one value.
pub mod value;

/// Rows that are types of the domain.
pub(super) mod json;

/// Rows that tell of stretches of time: usage and series.
pub mod period;

/// Reading rows of one type.
pub(super) mod load;
