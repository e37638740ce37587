//! Registers series, holds their buckets, and counts what is alive.

use prometheus::core::Collector;
use prometheus::{
    Counter, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry,
};
use std::time::Duration;

/// Seconds of an HTTP request: the fine ones show what a single synced write costs, the coarse ones what hurts.
pub(super) const REQUEST_SECONDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0];

/// Seconds of one step inside: a sync, a commit, a query, an event from its arrival to its receipt.
pub(super) const STEP_SECONDS: &[f64] = &[
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
];

/// Events written together.
pub(super) const BATCH_EVENTS: &[f64] =
    &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0];

/// Makes series in one registry. Names and labels are constants of the program: a bad or repeated one is a mistake
/// that the first test shows.
#[derive(Debug)]
pub(super) struct Series<'a>(pub(super) &'a Registry);

impl Series<'_> {
    pub(super) fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.register(IntCounter::new(name, help))
    }

    pub(super) fn fraction_counter(&self, name: &str, help: &str) -> Counter {
        self.register(Counter::new(name, help))
    }

    pub(super) fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.register(IntCounterVec::new(Opts::new(name, help), labels))
    }

    pub(super) fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.register(IntGauge::new(name, help))
    }

    pub(super) fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.register(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    pub(super) fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Histogram {
        self.register(Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec())))
    }

    pub(super) fn histograms(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        buckets: &[f64],
    ) -> HistogramVec {
        self.register(HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels))
    }

    fn register<C: Collector + Clone + 'static>(&self, made: prometheus::Result<C>) -> C {
        let collector = made.expect("the series is well formed");
        self.0.register(Box::new(collector.clone())).expect("the series is registered once");
        collector
    }
}

/// Sets a gauge to a number that the text format can hold.
pub(super) fn set(gauge: &IntGauge, number: u64) {
    gauge.set(i64::try_from(number).unwrap_or(i64::MAX));
}

pub(super) fn gauged(gauge: &IntGauge) -> u64 {
    u64::try_from(gauge.get()).unwrap_or_default()
}

/// Notes the same duration so many times in a histogram of seconds.
pub(super) fn observe_many(histogram: &Histogram, elapsed: Duration, count: u64) {
    let local = histogram.local();
    (0..count).for_each(|_| local.observe(elapsed.as_secs_f64()));
    local.flush();
}

/// Returns a counter's number, which is whole.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counters of whole numbers only grow"
)]
pub(super) fn whole(number: f64) -> u64 {
    number as u64
}

pub(super) fn observe(histogram: &Histogram, elapsed: Duration) {
    histogram.observe(elapsed.as_secs_f64());
}

/// One connection, event stream or read transaction; a gauge counts it until this is dropped.
#[derive(Debug)]
#[must_use = "it is counted only while this is held"]
pub struct Alive(IntGauge);

impl Alive {
    pub(super) fn count(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.dec();
    }
}
