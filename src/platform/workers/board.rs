//! The status of every worker.

use super::status::WorkerStatus;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
