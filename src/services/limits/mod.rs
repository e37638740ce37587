//! How often clients may come, and who may not come at all. Rules stand in [`rate`](crate::domain::rate) and
//! [`offence`](crate::domain::offence); here is what they remember, bounded whoever comes.
//!
//! Limits and the blocks that the appliance decides on live in memory and end with a restart. Blocks of the operator
//! are rows of the database.

/// A map by client that holds a bounded number of them.
mod bounded;

/// Requests counted, and everything about limits at one moment.
mod rate;

/// Who failed too often.
mod offenders;

/// Who is kept out, and finding them among many.
mod blocked;

/// Who is kept out, by the appliance or the operator.
mod blocks;

/// Who forwards requests and is not trusted to.
mod forwarders;

pub use blocked::{Blocked, BlockedPage, By, Sought};
pub use blocks::{Blocks, NewBlock};
pub use forwarders::{Forwarded, Forwarders};
pub use rate::{Applies, Bound, Over, Pressure, RateLimit};
