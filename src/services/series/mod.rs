//! What is kept of every minute and hour: requests, events, latency, the machine, and whether traffic could come.
//!
//! A worker looks every ten seconds and adds what happened to the present minute and hour. Both are written twice a
//! minute as rows that nothing waits for, so a crash forgets less than a minute; a stop writes what is left. Minutes are
//! kept for a day and hours for ninety days. Nothing is dropped for its age within a day of a jump of the clock, and
//! never is more kept than twice as much as that.

/// Minutes and hours in memory.
mod recorder;

/// The one that looks, writes and shows, and what charts look back on.
mod service;

pub use self::recorder::Measurement;
pub use self::service::{Binned, Series, Span};
