//! Commits, syncs, queries and queues of the store.

use super::series::{self, Alive, BATCH_EVENTS, STEP_SECONDS, Series};
use crate::telemetry::read_mostly::ReadMostly;
use prometheus::{Histogram, HistogramVec, IntGauge};
use std::sync::Arc;
use std::time::Duration;

/// Most pairs of operation and table: both are words of the program, so this bound is never met.
const QUERIES_MAX: usize = 256;

/// Where acknowledged or waiting work stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// Not yet in the journal.
    Waiting,
    /// In the journal and answered, not yet in the database.
    Unapplied,
}

/// All series of the store.
#[derive(Debug)]
pub struct StorageSeries {
    waiting: IntGauge,
    unapplied: IntGauge,
    journal_sync: Histogram,
    commit: Histogram,
    commit_events: Histogram,
    query: HistogramVec,
    queries: ReadMostly<QueryMeter>,
    read_transactions: IntGauge,
}

impl StorageSeries {
    pub(super) fn new(series: &Series<'_>) -> Self {
        let queue = series.gauges("processing_queue_size", "Events under way in the store.", &["status"]);
        let made = Self {
            waiting: queue.with_label_values(&["waiting"]),
            unapplied: queue.with_label_values(&["unapplied"]),
            journal_sync: series.histogram(
                "journal_sync_duration_seconds",
                "Time to make one batch durable in the journal.",
                STEP_SECONDS,
            ),
            commit: series.histogram(
                "db_commit_duration_seconds",
                "Time of one database commit.",
                STEP_SECONDS,
            ),
            commit_events: series.histogram(
                "db_commit_batch_events",
                "Events in one database commit.",
                BATCH_EVENTS,
            ),
            query: series.histograms(
                "db_query_duration_seconds",
                "Time of one read from the database.",
                &["operation", "table"],
                STEP_SECONDS,
            ),
            queries: ReadMostly::new(QUERIES_MAX),
            read_transactions: series.gauge("db_read_transactions", "Read transactions open now."),
        };
        made.query("scan", "events");
        made
    }

    /// Notes the length of a queue.
    pub fn queue_measured(&self, queue: Queue, events: u64) {
        match queue {
            Queue::Waiting => series::set(&self.waiting, events),
            Queue::Unapplied => series::set(&self.unapplied, events),
        }
    }

    /// Returns the lengths of the queues: what waits for the journal, and what waits for the database.
    pub(super) fn queues(&self) -> (u64, u64) {
        (series::gauged(&self.waiting), series::gauged(&self.unapplied))
    }

    /// Notes a batch made durable in the journal.
    pub fn journal_synced(&self, elapsed: Duration) {
        series::observe(&self.journal_sync, elapsed);
    }

    /// Notes a commit of the database with so many events.
    pub fn commit_finished(&self, elapsed: Duration, events: usize) {
        series::observe(&self.commit, elapsed);
        self.commit_events.observe(f64::from(u32::try_from(events).unwrap_or(u32::MAX)));
    }

    /// Returns the meter of an operation (`find`, `load`, `scan`) on a table; keep it where it is used often.
    pub fn query(&self, operation: &'static str, table: &'static str) -> Arc<QueryMeter> {
        let resolve = || QueryMeter(self.query.with_label_values(&[operation, table]));
        let name = format!("{operation} {table}");
        self.queries.find_or_insert(&name, || Some(resolve())).unwrap_or_else(|| Arc::new(resolve()))
    }

    /// Counts a read transaction for as long as the answer is held.
    pub fn read_opened(&self) -> Alive {
        Alive::count(&self.read_transactions)
    }
}

/// Measures one kind of read on one table.
#[derive(Debug)]
pub struct QueryMeter(Histogram);

impl QueryMeter {
    /// Notes one read.
    pub fn observe(&self, elapsed: Duration) {
        series::observe(&self.0, elapsed);
    }
}
