//! Proves or breaks the store: nothing acknowledged is lost, nothing is doubled, whatever happens to the disk.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "a test may stop at whatever it did not expect"
)]

/// Chance that repeats itself.
mod dice;

/// One simulated file.
mod node;

/// A simulated disk.
mod disk;

/// A store with what a test needs to send to it.
mod shop;

/// What several senders do at once, and what they were promised.
mod workload;

/// A power cut at every call.
mod cuts;

/// Failing calls, kills and full disks.
mod failures;

/// Changes behind the store's back.
mod tamper;

/// What opening refuses.
mod refusals;

/// Starts and crashes by a clock that is wrong.
mod clock;

/// Files and journals that a newer program wrote.
mod newer;

/// Requests that are carried out once.
mod requests;

/// Whole segments that are gone, short or misplaced.
mod segments;

/// The same commands give the same rows.
mod determinism;

/// Disks that are full already when the store is opened.
mod full;

/// The overlay for disks without space.
mod overlay;

/// A disk that is slow and then dies.
mod held;

/// The idempotency index over freezes, merges, restarts and crashes.
mod index;

/// Walks in both directions.
mod listing;

/// Random commands against a model.
mod model;
