//! Events coming in.

/// An event as a sender submits it.
pub mod submission;

/// What became of it.
pub mod outcome;

/// How long keys are honoured.
pub mod policy;

/// One event at a time.
pub mod intake;

/// Many events in one go.
pub mod batch;

pub use self::batch::{Portion, Prepared};
pub use self::intake::Ingest;
pub use self::outcome::{IngestError, Outcome, Receipt};
pub use self::policy::{KeyMemory, KeyPolicy};
pub use self::submission::{KeyChoice, Payload, Preferences, Submission};
