//! What is kept of minutes and hours.

use crate::domain::series::{Answered, Sample, Taken};
use crate::domain::time::Timestamp;
use crate::services::series::{Binned, Span};
use crate::web::wire::summary::rounded;
use serde::Serialize;

/// `GET /api/v1/series`.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Series")]
pub(crate) struct SeriesJson {
    /// Now.
    pub(crate) timestamp: Timestamp,
    /// How far it reaches back: `15m`, `1h`, `24h`, `7d` or `90d`.
    pub(crate) span: &'static str,
    /// How many seconds a bin is long.
    pub(crate) bin_seconds: u64,
    /// From the oldest; the last one is not over.
    pub(crate) bins: Vec<BinJson>,
}

/// A piece of the time.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Bin")]
pub(crate) struct BinJson {
    /// When it begins.
    from: Timestamp,
    /// What is kept of it; null: the appliance did not run.
    sample: Option<SampleJson>,
}

/// What is kept of a stretch of time.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Sample")]
pub(crate) struct SampleJson {
    /// Requests by status.
    requests: StatusesJson,
    /// Events by what became of them.
    events: TakenJson,
    /// Milliseconds that half of the requests took at most, within 4 %; null without requests.
    latency_p50_ms: Option<f64>,
    /// The same for 95 of 100.
    latency_p95_ms: Option<f64>,
    /// Which part of all requests failed for the appliance's own reasons, from 0 to 1; null without requests.
    error_share: Option<f64>,
    /// Most connections that were open at once.
    connections: u64,
    /// Processor time used, in parts of one processor; null while nothing was watched.
    cpu_share: Option<f64>,
    /// Most resident memory.
    resident_bytes: u64,
    /// Free bytes on the disk at the end; null while nobody has looked.
    disk_free_bytes: Option<u64>,
    /// Minutes in which every look found that traffic may come.
    minutes_up: u32,
}

/// Requests by status.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "RequestsByStatus")]
pub(crate) struct StatusesJson {
    /// 2xx.
    success: u64,
    /// 3xx.
    redirected: u64,
    /// 4xx but for 429.
    refused: u64,
    /// 429.
    limited: u64,
    /// 5xx.
    failed: u64,
}

/// Events by what became of them.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "EventsByOutcome")]
pub(crate) struct TakenJson {
    /// Stored.
    stored: u64,
    /// Repeats of stored ones.
    repeated: u64,
    /// Not acceptable.
    refused: u64,
}

impl SeriesJson {
    /// Shows a span.
    pub(crate) fn new(now: Timestamp, span: Span, bins: &[Binned]) -> Self {
        let bins = bins.iter().map(BinJson::from).collect();
        Self { timestamp: now, span: span.as_str(), bin_seconds: span.bin().as_secs(), bins }
    }
}

impl From<&Binned> for BinJson {
    fn from(bin: &Binned) -> Self {
        Self { from: bin.begin, sample: bin.sample.as_ref().map(SampleJson::from) }
    }
}

impl From<&Sample> for SampleJson {
    fn from(sample: &Sample) -> Self {
        let share = |share: f64| (share * 1e6).round() / 1e6;
        Self {
            requests: sample.answered.into(),
            events: sample.taken.into(),
            latency_p50_ms: sample.latencies.percentile_ms(50).map(rounded),
            latency_p95_ms: sample.latencies.percentile_ms(95).map(rounded),
            error_share: sample.error_share().map(share),
            connections: sample.connections,
            cpu_share: sample.cpu_share().map(share),
            resident_bytes: sample.resident_bytes,
            disk_free_bytes: sample.disk_free_bytes,
            minutes_up: sample.minutes_up,
        }
    }
}

impl From<Answered> for StatusesJson {
    fn from(answered: Answered) -> Self {
        let Answered { success, redirected, refused, limited, failed } = answered;
        Self { success, redirected, refused, limited, failed }
    }
}

impl From<Taken> for TakenJson {
    fn from(taken: Taken) -> Self {
        let Taken { stored, repeated, refused } = taken;
        Self { stored, repeated, refused }
    }
}
