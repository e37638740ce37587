//! A simulated chain of stores whose point-of-sale terminals send events to the appliance.

/// Random choices that repeat themselves after the same seed.
mod random;

/// The chain's stores, articles and people.
mod catalog;

/// Sales, refunds and stock counts.
mod document;

/// What the terminals send next.
pub(super) mod feed;

/// Sending over HTTPS, and whether the answer is the expected one.
pub(super) mod client;

/// Counts, rates and latencies.
pub(super) mod statistics;
