//! How a worker is, and the board that shows all of them.

use crate::domain::time::Timestamp;
use crate::platform::locks::lock;
use std::sync::{Arc, Mutex, MutexGuard};

/// What a worker does at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WorkerState {
    /// It waits for its next step; the last one succeeded, or there was none yet.
    #[default]
    Idle,
    /// A step is under way.
    Running,
    /// The last step failed; the worker waits for the next one, if there is one.
    Failed,
}

impl WorkerState {
    /// Returns the state as one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Failed => "failed",
        }
    }
}

/// What a worker reports of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkerStatus {
    /// Its name.
    pub name: &'static str,
    /// What it does at the moment.
    pub state: WorkerState,
    /// When the last step began, the one under way included.
    pub last_step_at: Option<Timestamp>,
    /// Why the last step that failed did; stays after later steps succeed.
    pub last_error: Option<String>,
    /// When the next step is due, unless a nudge comes first; none while a step is under way and after the end.
    pub next_step_at: Option<Timestamp>,
    /// How many steps have ended.
    pub steps: u64,
    /// How many of them failed, panics included.
    pub failures: u64,
    /// How often the worker was started again after a panic.
    pub restarts: u64,
}

impl WorkerStatus {
    /// Returns the status of a worker before its first step.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }
}

/// Shows how every worker is, in the order in which they were started. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Workers(
    /// Locked for moments, twice a step.
    Arc<Mutex<Vec<WorkerStatus>>>,
);

impl Workers {
    /// Returns the status of every worker.
    pub fn list(&self) -> Vec<WorkerStatus> {
        self.statuses().clone()
    }

    /// Adds a worker that has not made a step yet, in place of an earlier one of the same name.
    pub(super) fn add(&self, name: &'static str) {
        let (fresh, mut statuses) = (WorkerStatus::new(name), self.statuses());
        match statuses.iter_mut().find(|status| status.name == name) {
            Some(earlier) => *earlier = fresh,
            None => statuses.push(fresh),
        }
    }

    pub(super) fn report(&self, name: &'static str, change: impl FnOnce(&mut WorkerStatus)) {
        if let Some(status) = self.statuses().iter_mut().find(|status| status.name == name) {
            change(status);
        }
    }

    fn statuses(&self) -> MutexGuard<'_, Vec<WorkerStatus>> {
        lock(&self.0)
    }
}
