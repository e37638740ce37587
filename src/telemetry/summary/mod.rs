//! The last fifteen minutes of requests: how many, how they ended, how long they took, overall and by tenant.
//!
//! Ninety slots of ten seconds hold counts by latency instead of records, so that no request is ever left out however
//! many come. A bucket reaches 1.9 % further than the one below and stands for its middle: no percentile and no average
//! is more than 1 % off. Recording takes no lock and no memory: one atomic addition overall and one for the tenant.

/// Latencies added up.
mod tally;

/// Ten seconds of requests, and which tenants have numbers of their own in them.
mod slot;

/// Ninety slots and what they say together.
mod window;

pub use self::tally::Latency;
pub use self::window::{Counts, Mark, Overview, Summary, TenantOverview};
