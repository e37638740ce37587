//! What a worker is.

use crate::domain::time::Timestamp;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// What a step comes to: nothing, or what went wrong.
pub type Outcome = Result<(), String>;

pub(super) type Made<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The work of one step. A step gets the present instant, is idempotent, and takes no other input.
#[derive(Clone)]
pub(super) enum Step {
    /// Runs on the blocking pool.
    Blocking(Arc<dyn Fn(Timestamp) -> Outcome + Send + Sync>),
    /// Runs as a task.
    Asynchronous(Arc<dyn Fn(Timestamp) -> Made<Outcome> + Send + Sync>),
}

/// A piece of background work that is done in steps.
pub struct Worker {
    pub(super) name: &'static str,
    pub(super) interval: Duration,
    pub(super) step: Step,
    pub(super) nudge: Box<dyn Fn() -> Made<()> + Send + Sync>,
}

impl Worker {
    /// Returns a worker whose steps block.
    pub fn blocking(
        name: &'static str,
        interval: Duration,
        step: impl Fn(Timestamp) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, interval, Step::Blocking(Arc::new(step)))
    }

    /// Returns a worker whose steps wait.
    pub fn asynchronous<F: Future<Output = Outcome> + Send + 'static>(
        name: &'static str,
        interval: Duration,
        step: impl Fn(Timestamp) -> F + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, interval, Step::Asynchronous(Arc::new(move |now| Box::pin(step(now)))))
    }

    /// Adds what starts a step before the interval has passed: the end of a future, which is made anew after every step
    /// and may be dropped while it waits.
    #[must_use]
    pub fn nudged_by<F: Future<Output = ()> + Send + 'static>(
        self,
        nudge: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        Self { nudge: Box::new(move || Box::pin(nudge())), ..self }
    }

    fn new(name: &'static str, interval: Duration, step: Step) -> Self {
        Self { name, interval, step, nudge: Box::new(|| Box::pin(std::future::pending())) }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("name", &self.name)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}
