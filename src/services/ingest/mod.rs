//! Events coming in.

/// An event as a sender submits it.
pub mod submission;

/// What became of it.
pub mod outcome;

/// One event at a time, and how long keys are honoured.
pub mod intake;

/// Many events in one go.
pub mod batch;

pub use self::batch::{Portion, Prepared};
pub use self::intake::{Ingest, KeyMemory, KeyPolicy};
pub use self::outcome::{IngestError, Outcome, Receipt};
pub use self::submission::{KeyChoice, Payload, Preferences, Submission};
