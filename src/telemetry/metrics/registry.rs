//! The struct that holds all series.

use super::http::HttpSeries;
use super::intake::{EventOutcome, IntakeSeries};
use super::machine::MachineSeries;
use super::series::Series;
use super::storage::StorageSeries;
use crate::domain::series::Answered;
use crate::domain::time::Timestamp;
use crate::telemetry::summary::Summary;
use prometheus::{Registry, TextEncoder};

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Requests answered.
    pub answered: Answered,
    /// Requests that a limit or a block refused.
    pub limited: u64,
    /// Events stored.
    pub events_stored: u64,
    /// Events that were there already.
    pub events_repeated: u64,
    /// Events that were not acceptable.
    pub events_refused: u64,
    /// Panics.
    pub panics: u64,
}

/// What is open and what waits now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// Client connections.
    pub connections: u64,
    /// Live event streams.
    pub streams: u64,
    /// Events that wait for the journal.
    pub waiting: u64,
    /// Events in the journal that wait for the database.
    pub unapplied: u64,
}

/// Every series of the appliance. Made once, shared behind an `Arc`.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Requests and connections.
    pub http: HttpSeries,
    /// Events as they come in.
    pub intake: IntakeSeries,
    /// The store.
    pub storage: StorageSeries,
    /// The process and the machine around it.
    pub machine: MachineSeries,
    summary: Summary,
}

impl Metrics {
    /// The media type of [`render`](Self::render)'s text.
    pub const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// Registers every series, each with at least one line.
    pub fn new(started_at: Timestamp) -> Self {
        let registry = Registry::new();
        let series = Series(&registry);
        let http = HttpSeries::new(&series);
        let intake = IntakeSeries::new(&series);
        let storage = StorageSeries::new(&series);
        let machine = MachineSeries::new(&series, started_at);
        Self { registry, http, intake, storage, machine, summary: Summary::default() }
    }

    /// Returns what this run came to so far.
    pub fn totals(&self) -> Totals {
        Totals {
            answered: self.http.answered(),
            limited: self.http.limited_total(),
            events_stored: self.intake.total(EventOutcome::Accepted),
            events_repeated: self.intake.total(EventOutcome::Duplicate),
            events_refused: self.intake.total(EventOutcome::Refused),
            panics: self.machine.panics(),
        }
    }

    /// Returns the last fifteen minutes of requests.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Returns what is open and what waits now.
    pub fn present(&self) -> Present {
        let ((connections, streams), (waiting, unapplied)) = (self.http.open(), self.storage.queues());
        Present { connections, streams, waiting, unapplied }
    }

    /// Writes every series in the Prometheus text format, with the process measured now.
    pub fn render(&self) -> String {
        self.machine.refresh();
        let mut text = String::new();
        let written = TextEncoder::new().encode_utf8(&self.registry.gather(), &mut text);
        written.expect("registered series have a text form");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::{EventFormat, LimitScope, Queue};
    use super::*;
    use std::time::Duration;

    fn metrics() -> Metrics {
        Metrics::new(Timestamp::from_micros(1_700_000_000_000_000))
    }

    fn value_of(text: &str, series: &str) -> Option<f64> {
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
        Some(line.parse().unwrap())
    }

    #[test]
    fn every_series_shows_from_the_start_and_stands_at_zero() {
        let text = metrics().render();
        for zero in [
            "http_requests_total{method=\"GET\",route=\"/health\",status_code=\"200\"}",
            "http_request_duration_seconds_count{method=\"GET\",route=\"/health\",status_code=\"200\"}",
            "http_request_duration_seconds_bucket{method=\"GET\",route=\"/health\",status_code=\"200\",le=\"0.0005\"}",
            "active_connections",
            "active_event_streams",
            "rate_limited_total{scope=\"address\"}",
            "rate_limited_total{scope=\"blocked_address\"}",
            "rate_limited_total{scope=\"blocked_source\"}",
            "rate_limited_total{scope=\"sender_places\"}",
            "request_places{class=\"stranger\"}",
            "request_places_taken{class=\"session\"}",
            "events_processed_total{format=\"json\",status=\"accepted\"}",
            "events_processed_total{format=\"other\",status=\"refused\"}",
            "ingest_events_total{source=\"other\",tenant=\"default\"}",
            "ingest_dedup_total{source=\"other\",tenant=\"default\"}",
            "ingest_latency_seconds_count{tenant=\"default\"}",
            "processing_queue_size{status=\"waiting\"}",
            "processing_queue_size{status=\"unapplied\"}",
            "journal_sync_duration_seconds_count",
            "db_commit_duration_seconds_count",
            "db_commit_batch_events_count",
            "db_query_duration_seconds_count{operation=\"scan\",table=\"events\"}",
            "db_read_transactions",
            "store_file_bytes",
            "disk_free_bytes",
            "tls_certificate_expiry_timestamp_seconds",
            "tls_authority_expiry_timestamp_seconds",
            "panics_total",
            "retry_attempts_total{service=\"jobs\",tenant=\"system\"}",
        ] {
            assert_eq!(value_of(&text, zero), Some(0.0), "{zero}\n{text}");
        }
        for above in [
            "process_resident_memory_bytes",
            "process_virtual_memory_bytes",
            "process_open_fds",
            "process_threads",
        ] {
            assert!(value_of(&text, above).unwrap() > 0.0, "{above}");
        }
        assert!(value_of(&text, "process_cpu_seconds_total").is_some());
        assert_eq!(value_of(&text, "process_start_time_seconds"), Some(1_700_000_000.0));
        assert_eq!(
            value_of(&text, concat!("build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}")),
            Some(1.0)
        );
        assert!(!text.contains("tenant=\"other\"") && !text.contains("route=\"other\""));
    }

    #[test]
    fn what_is_measured_is_rendered() {
        let metrics = metrics();
        metrics.http.route("POST", "/v1/events").observe(201, Duration::from_millis(3));
        let source = metrics.intake.tenant("acme").source("pos");
        source.events_stored(1);
        source.events_repeated(1);
        metrics.intake.tenant("acme").event_answered(Duration::from_micros(150));
        metrics.intake.events_processed(EventOutcome::Duplicate, EventFormat::Json, 1);
        metrics.http.limited(LimitScope::BlockedSource);
        metrics.storage.queue_measured(Queue::Unapplied, 9);
        metrics.storage.commit_finished(Duration::from_millis(2), 64);
        metrics.storage.query("find", "events").observe(Duration::from_millis(1));
        metrics.machine.certificate_expires(Timestamp::from_micros(5_000_000));
        metrics.machine.authority_expires(Timestamp::from_micros(6_000_000));
        let (open, closed) = (metrics.http.connection_opened(), metrics.http.connection_opened());
        drop(closed);
        let totals = metrics.totals();
        let answered = Answered { success: 1, ..Answered::default() };
        assert_eq!((totals.answered, totals.limited, totals.panics), (answered, 1, 0));
        assert_eq!((totals.events_stored, totals.events_repeated, totals.events_refused), (0, 1, 0));
        let text = metrics.render();
        for (series, value) in [
            ("http_requests_total{method=\"POST\",route=\"/v1/events\",status_code=\"201\"}", 1.0),
            (
                "http_request_duration_seconds_sum{method=\"POST\",route=\"/v1/events\",status_code=\"201\"}",
                0.003,
            ),
            ("ingest_events_total{source=\"pos\",tenant=\"acme\"}", 1.0),
            ("ingest_dedup_total{source=\"pos\",tenant=\"acme\"}", 1.0),
            ("ingest_latency_seconds_bucket{tenant=\"acme\",le=\"0.00025\"}", 1.0),
            ("events_processed_total{format=\"json\",status=\"duplicate\"}", 1.0),
            ("processing_queue_size{status=\"unapplied\"}", 9.0),
            ("rate_limited_total{scope=\"blocked_source\"}", 1.0),
            ("rate_limited_total{scope=\"address\"}", 0.0),
            ("db_commit_batch_events_sum", 64.0),
            ("db_query_duration_seconds_count{operation=\"find\",table=\"events\"}", 1.0),
            ("tls_certificate_expiry_timestamp_seconds", 5.0),
            ("tls_authority_expiry_timestamp_seconds", 6.0),
            ("active_connections", 1.0),
        ] {
            assert_eq!(value_of(&text, series), Some(value), "{series}");
        }
        drop(open);
    }

    #[test]
    fn labels_are_bounded_whatever_is_sent() {
        let metrics = metrics();
        for number in 0..10_000 {
            metrics.intake.tenant("acme").source(&format!("till-{number}")).events_stored(1);
            metrics.http.route(&format!("M{number}"), &format!("/{number}")).observe(200, Duration::ZERO);
        }
        for number in 0..5_000 {
            metrics.intake.tenant(&format!("t{number}")).source("pos").events_stored(1);
        }
        metrics.http.route("GET", "/").observe(599, Duration::ZERO);
        metrics.http.route("GET", "/").observe(9_999, Duration::ZERO);
        let text = metrics.render();
        assert_eq!(value_of(&text, "ingest_events_total{source=\"other\",tenant=\"acme\"}"), Some(9_900.0));
        assert_eq!(value_of(&text, "ingest_events_total{source=\"pos\",tenant=\"other\"}"), Some(906.0));
        let other = "http_requests_total{method=\"OTHER\",route=\"other\",status_code=\"200\"}";
        assert_eq!(value_of(&text, other), Some(9_488.0));
        assert_eq!(
            value_of(&text, "http_requests_total{method=\"GET\",route=\"/\",status_code=\"other\"}"),
            Some(2.0)
        );
    }

    #[test]
    fn sources_of_all_tenants_together_are_bounded() {
        let metrics = metrics();
        for tenant in 0..200 {
            for source in 0..100 {
                metrics.intake.tenant(&format!("t{tenant}")).source(&format!("s{source}")).events_stored(1);
            }
        }
        let text = metrics.render();
        let labels = text.lines().filter(|line| line.starts_with("ingest_events_total{source=\"s")).count();
        assert_eq!(labels, 16_384);
    }
}
