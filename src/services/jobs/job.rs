//! What a job is.

use crate::domain::job::Schedule;
use crate::domain::time::Timestamp;
use std::fmt;
use std::sync::Arc;

/// A job's work: it gets the time, and returns what was done or what went wrong. It must be idempotent: a run that a
/// crash cut off is made up for.
pub(super) type Work = Arc<dyn Fn(Timestamp) -> Result<String, String> + Send + Sync>;

/// A job.
#[derive(Clone)]
pub struct Job {
    /// Its name; it stands in the database and never changes.
    pub name: &'static str,
    /// What it does, for people.
    pub purpose: &'static str,
    /// When it runs.
    pub schedule: Schedule,
    /// What it does.
    pub work: Work,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("name", &self.name)
            .field("schedule", &self.schedule)
            .finish_non_exhaustive()
    }
}
