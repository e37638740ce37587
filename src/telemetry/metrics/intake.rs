//! Events as they come in, by tenant and source.

use super::series::{self, STEP_SECONDS, Series};
use crate::telemetry::read_mostly::ReadMostly;
use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Most tenants with a label of their own: as many as there can be at a time.
const TENANTS_MAX: usize = 4_096;

/// Most sources of one tenant with a label of their own.
const SOURCES_MAX: usize = 100;

/// Most source labels of all tenants together: a source costs about 2 KiB of memory and two lines of every scrape.
const SOURCES_TOTAL_MAX: usize = 16_384;

/// The label of tenants and sources beyond the bounds.
const OTHER: &str = "other";

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventOutcome {
    /// It was stored.
    Accepted,
    /// It was there already.
    Duplicate,
    /// It was not acceptable.
    Refused,
}

impl EventOutcome {
    /// Every outcome with its label.
    const ALL: [(Self, &str); 3] =
        [(Self::Accepted, "accepted"), (Self::Duplicate, "duplicate"), (Self::Refused, "refused")];
}

/// In which shape an event came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventFormat {
    /// A plain JSON body.
    Json,
    /// One CloudEvent, binary or structured.
    CloudEvent,
    /// A CloudEvent of a batch.
    Batch,
    /// A line of a body.
    Line,
    /// A body of any other media type.
    Other,
}

impl EventFormat {
    /// Every format with its label.
    const ALL: [(Self, &str); 5] = [
        (Self::Json, "json"),
        (Self::CloudEvent, "cloudevent"),
        (Self::Batch, "cloudevents_batch"),
        (Self::Line, "ndjson"),
        (Self::Other, "other"),
    ];
}

/// All series of the intake.
#[derive(Debug)]
pub struct IntakeSeries {
    processed: Vec<(EventOutcome, EventFormat, IntCounter)>,
    by_tenant: ByTenant,
    tenants: ReadMostly<TenantMeter>,
    tenant_other: Arc<TenantMeter>,
}

impl IntakeSeries {
    pub(super) fn new(series: &Series<'_>) -> Self {
        let processed = series.counters(
            "events_processed_total",
            "Events by what became of them.",
            &["status", "format"],
        );
        let by_tenant = ByTenant {
            stored: series.counters("ingest_events_total", "Events stored.", &["tenant", "source"]),
            repeated: series.counters(
                "ingest_dedup_total",
                "Events refused as repeats of a stored one.",
                &["tenant", "source"],
            ),
            latency: series.histograms(
                "ingest_latency_seconds",
                "Time from an event's arrival to its receipt.",
                &["tenant"],
                STEP_SECONDS,
            ),
            sources_left: Arc::new(AtomicUsize::new(SOURCES_TOTAL_MAX)),
        };
        let made = Self {
            processed: EventFormat::ALL
                .into_iter()
                .flat_map(|(format, label)| {
                    let of = |status: &str| processed.with_label_values(&[status, label]);
                    EventOutcome::ALL.map(|(outcome, status)| (outcome, format, of(status)))
                })
                .collect(),
            tenant_other: Arc::new(TenantMeter::new(&by_tenant, OTHER)),
            by_tenant,
            tenants: ReadMostly::new(TENANTS_MAX),
        };
        made.tenant("default").other_source();
        made
    }

    /// Returns the meter of a tenant.
    pub fn tenant(&self, slug: &str) -> Arc<TenantMeter> {
        let made = || Some(TenantMeter::new(&self.by_tenant, slug));
        self.tenants.find_or_insert(slug, made).unwrap_or_else(|| Arc::clone(&self.tenant_other))
    }

    pub(super) fn total(&self, outcome: EventOutcome) -> u64 {
        let counters = self.processed.iter().filter(|(known, ..)| *known == outcome);
        counters.map(|(.., counter)| counter.get()).sum()
    }

    /// Counts events by their outcome.
    pub fn events_processed(&self, outcome: EventOutcome, format: EventFormat, count: u64) {
        let mut counters = self.processed.iter();
        if let Some((.., counter)) = counters.find(|known| (known.0, known.1) == (outcome, format)) {
            counter.inc_by(count);
        }
    }
}

/// The series that know the tenant.
#[derive(Debug, Clone)]
struct ByTenant {
    stored: IntCounterVec,
    repeated: IntCounterVec,
    latency: HistogramVec,
    /// How many more sources of any tenant may get a label.
    sources_left: Arc<AtomicUsize>,
}

impl ByTenant {
    fn source(&self, tenant: &str, source: &str) -> SourceMeter {
        SourceMeter {
            stored: self.stored.with_label_values(&[tenant, source]),
            repeated: self.repeated.with_label_values(&[tenant, source]),
        }
    }
}

/// Measures the events of one tenant.
#[derive(Debug)]
pub struct TenantMeter {
    by_tenant: ByTenant,
    slug: String,
    /// Resolved at first use, so that the tenants' overflow is not listed before it is needed.
    latency: OnceLock<Histogram>,
    other: OnceLock<Arc<SourceMeter>>,
    sources: ReadMostly<SourceMeter>,
}

impl TenantMeter {
    fn new(by_tenant: &ByTenant, slug: &str) -> Self {
        Self {
            by_tenant: by_tenant.clone(),
            slug: slug.to_owned(),
            latency: OnceLock::new(),
            other: OnceLock::new(),
            sources: ReadMostly::new(SOURCES_MAX),
        }
    }

    /// Returns the meter of a source: its own for the tenant's first 100, a shared one for the rest.
    pub fn source(&self, name: &str) -> Arc<SourceMeter> {
        let made = || self.take_source_label().then(|| self.by_tenant.source(&self.slug, name));
        self.sources.find_or_insert(name, made).unwrap_or_else(|| self.other_source())
    }

    /// Notes how long an event waited for its receipt.
    pub fn event_answered(&self, elapsed: Duration) {
        series::observe(self.latency(), elapsed);
    }

    /// Notes how long events of one request waited for their receipts.
    pub fn events_answered(&self, elapsed: Duration, count: u64) {
        series::observe_many(self.latency(), elapsed, count);
    }

    fn latency(&self) -> &Histogram {
        self.latency.get_or_init(|| self.by_tenant.latency.with_label_values(&[&self.slug]))
    }

    fn other_source(&self) -> Arc<SourceMeter> {
        self.latency();
        Arc::clone(self.other.get_or_init(|| Arc::new(self.by_tenant.source(&self.slug, OTHER))))
    }

    fn take_source_label(&self) -> bool {
        let left = &self.by_tenant.sources_left;
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

/// Measures the events of one source.
#[derive(Debug)]
pub struct SourceMeter {
    stored: IntCounter,
    repeated: IntCounter,
}

impl SourceMeter {
    /// Counts stored events.
    pub fn events_stored(&self, count: u64) {
        self.stored.inc_by(count);
    }

    /// Counts repeats of stored events.
    pub fn events_repeated(&self, count: u64) {
        self.repeated.inc_by(count);
    }
}
