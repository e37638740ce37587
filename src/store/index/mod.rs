//! The idempotency index: 128-bit key hash → sequence number of the event that used the key last.
//!
//! Random keys in a B-tree cost the database three quarters of its speed at five million entries, so the index is kept
//! like a log-structured merge tree:
//!
//! * **Memory** ([`memory`](crate::store::index::memory)): new entries live in a hash map of the sequencer. The event records are their durability:
//!   a start reads the keys of the events behind the newest run.
//! * **Runs** ([`run`](crate::store::index::run)): every 57,344 entries the map is frozen; a helper thread sorts it and makes a binary fuse
//!   filter (about 2.3 bytes a key); the applier writes it as rows of at most 160 pairs (3,840 bytes, one page), at
//!   most 256 rows an apply. The frozen map is dropped only when the run is in the database.
//! * **Merges** ([`builder`](crate::store::index::builder)): sixteen small runs become one of about a million entries. Runs wholly older than the
//!   longest retention are dropped.
//!
//! A lookup asks memory, then the filters, then only the runs whose filter says maybe, newest first: the newest use of
//! a key counts. Filters of all runs stay in memory, about 2.3 MB a million keys.
//! The sequencer asks them for all keys of a batch at once, up to eight filters
//! with one look.

/// Entries not yet in a run.
pub mod memory;

/// Filters over the keys of a run.
pub mod key_filter;

/// Filters of one shape, side by side.
mod filter_group;

/// Runs and their rows.
pub mod run;

/// The runs there are, and looking a key up in them.
pub mod runs;

/// Several runs in one order.
mod merge;

/// The helper thread that makes and merges runs.
pub mod builder;
