//! Blocks of 4,096 events and what is kept about each.
//!
//! Events are appended in the order they came in, all tenants in one table: that is what makes intake fast. To list
//! one tenant's events without reading everybody's, each closed block keeps one row for every tenant in it. The row of
//! the block itself carries the first and last time (search by time is a search over blocks) and the roots of its
//! sixteen subtrees of 256 leaves, from which proofs are made without reading the whole ledger.
//!
//! **Block row**: version 1 (1), first and last `received_at` (8 each, microseconds), 16 subtree roots (32 each).
//!
//! **Tenant row**: version 1 (1), count of events (2), bytes of payloads (8), then the places of its events in the
//! block as gaps (each a LEB128 number: the distance to the one before, less one), then a binary fuse filter over the
//! hashes of its types, sources and trace ids (descriptor of 20 bytes, then a byte a slot), empty when there are few.
//!
//! The open block has no rows; the applier keeps its tenants in memory and every start rebuilds them.

/// Filters over sets of 64-bit hashes.
pub mod filter;

/// Rows of closed blocks.
pub mod closed;

/// What is gathered while a block is open.
pub mod open;
