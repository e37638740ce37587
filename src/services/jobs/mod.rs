//! Jobs: work at set times, with a history, on request too.
//!
//! A job is named once, where the app lists them. One runner looks every second which of them are due, runs them on the
//! blocking pool one after another and keeps what became of each run in the database; a failed run is tried again a few
//! times. A time that passed while the appliance was stopped is made up for once, at the next start.

/// What a job is, and what is known of each.
mod board;

/// The one that runs them.
mod runner;

pub use self::board::{Job, JobView};
pub use self::runner::Jobs;
