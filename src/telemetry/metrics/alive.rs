//! A gauge that counts what is alive.

use prometheus::IntGauge;

/// One connection, event stream or read transaction; it is counted until this is dropped.
#[derive(Debug)]
#[must_use = "it is counted only while this is held"]
pub struct Alive(IntGauge);

impl Alive {
    /// Counts one more.
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
