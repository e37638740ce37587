//! A simulated chain of stores whose point-of-sale terminals send events to the appliance.

/// What the terminals send next.
pub(super) mod feed;

/// Sending over HTTPS, and whether the answer is the one due.
pub(super) mod client;

/// Counts, rates and latencies.
pub(super) mod statistics;
