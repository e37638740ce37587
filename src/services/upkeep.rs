//! Work that goes on beside requests: small, idempotent steps at fixed intervals.

use crate::domain::time::Timestamp;
use crate::platform::shutdown::Shutdown;
use std::time::Duration;

/// A step of background work.
pub struct Worker {
    /// Name in log lines.
    pub name: &'static str,
    /// Time between two steps.
    pub every: Duration,
    /// The step; must be idempotent and must not block for long. Returns what went wrong.
    pub step: Box<dyn FnMut(Timestamp) -> Result<(), String> + Send>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("name", &self.name).field("every", &self.every).finish_non_exhaustive()
    }
}

/// Runs a worker's steps on the blocking pool until the stop; the step under way is finished. A step that fails or
/// panics is logged and tried again at the next interval.
pub async fn run(
    mut worker: Worker,
    clock: std::sync::Arc<dyn crate::platform::clock::Clock>,
    mut shutdown: Shutdown,
) {
    let name = worker.name;
    let mut interval = tokio::time::interval(worker.every);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            () = shutdown.requested() => return,
        }
        let now = clock.now();
        let stepped = tokio::task::spawn_blocking(move || {
            let step = std::panic::AssertUnwindSafe(|| (worker.step)(now));
            let outcome = std::panic::catch_unwind(step);
            (worker, outcome)
        });
        let Ok((returned, outcome)) = stepped.await else { return };
        worker = returned;
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(worker = name, error = %error, "A background step failed"),
            Err(_) => tracing::error!(worker = name, "A background step panicked"),
        }
    }
}
