//! What the store tells metrics and log, and the end of the process when it fails.

use crate::app::progress::Progress;
use crate::platform::locks::lock;
use crate::store::options::{CommitKind, Observer, Opening};
use crate::telemetry::metrics::{Alive, Metrics, QueryMeter, Queue};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens when the store can't go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// The process ends at once, so that the service manager restarts it into a known state.
    EndProcess,
    /// The failure is logged; a command reports it.
    Report,
}

/// Passes the store's news on.
#[derive(Debug)]
pub struct StoreObserver {
    metrics: Arc<Metrics>,
    scan_meter: Arc<QueryMeter>,
    /// One for every open read transaction; changed a few times a read.
    readers: Mutex<Vec<Alive>>,
    on_failure: OnFailure,
    progress: Progress,
}

impl StoreObserver {
    /// Passes news on to the metrics.
    pub fn new(metrics: Arc<Metrics>, on_failure: OnFailure) -> Self {
        let scan_meter = metrics.storage.query("scan", "events");
        Self { metrics, scan_meter, readers: Mutex::default(), on_failure, progress: Progress::default() }
    }

    /// Tells how far the opening is as well.
    #[must_use]
    pub fn telling(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }
}

impl Observer for StoreObserver {
    fn opening(&self, step: Opening) {
        tracing::debug!("Opening the store: {step}");
        self.progress.note(step);
    }

    fn journal_synced(&self, took: Duration, _events: usize) {
        self.metrics.storage.journal_synced(took);
    }

    fn committed(&self, took: Duration, events: usize, _commit: CommitKind) {
        self.metrics.storage.commit_finished(took, events);
    }

    fn queue_changed(&self, waiting: usize, unapplied: usize) {
        self.metrics.storage.queue_measured(Queue::Waiting, waiting as u64);
        self.metrics.storage.queue_measured(Queue::Unapplied, unapplied as u64);
    }

    fn reader_opened(&self) {
        let opened = self.metrics.storage.read_opened();
        lock(&self.readers).push(opened);
    }

    fn reader_closed(&self) {
        drop(lock(&self.readers).pop());
    }

    fn scanned(&self, took: Duration) {
        self.scan_meter.observe(took);
    }

    fn failed(&self, reason: &str) {
        tracing::error!(error = reason, "The store cannot go on");
        if self.on_failure == OnFailure::EndProcess {
            // Nothing can be drained without the store; what was acknowledged is in the journal.
            std::process::exit(1);
        }
    }
}
