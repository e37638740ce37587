//! Background work that reports itself.
//!
//! A *worker* has a name, an interval and a step. The *supervisor* runs the step at once, then whenever the interval
//! has passed or the worker's nudge comes, and never two steps of a worker at the same time. A stop waits for the step
//! under way. The *board* shows the status of every worker.
//!
//! A step that returns an error runs again after the interval. A step that panics runs again after a back-off that
//! doubles with every panic in a row. Five panics within a minute end the worker for good: the caller then ends the
//! process, as it does after a failure of the store, because a part that the appliance relies on no longer works.

/// What a worker is.
mod worker;

/// How a worker is, and the board that shows all of them.
mod status;

/// Running a worker's steps.
mod supervisor;

pub use self::status::{WorkerState, WorkerStatus, Workers};
pub use self::supervisor::{Ended, Supervisor};
pub use self::worker::{Outcome, Worker};
