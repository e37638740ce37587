//! Latencies taken out piece by piece, each counted once.

use super::slot::Slot;
use crate::domain::latency::{Latencies, Resolution};

/// How far somebody has taken latencies out.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The last ten seconds that were looked at; they may not have been over.
    pub(super) period: u64,
    /// What was taken of them.
    taken: Vec<u32>,
}

impl Default for Mark {
    fn default() -> Self {
        Self { period: 0, taken: vec![0; Resolution::FINE.buckets()] }
    }
}

impl Mark {
    /// Takes what a slot holds of a period and was not taken before.
    pub(super) fn take(&mut self, slot: &Slot, period: u64, latencies: &mut Latencies) {
        if period > self.period {
            self.period = period;
            self.taken.fill(0);
        }
        for (bucket, (count, taken)) in slot.counts().zip(&mut self.taken).enumerate() {
            let new = count.saturating_sub(*taken);
            if new > 0 {
                *taken = count;
                latencies.add_fine(bucket, u64::from(new));
            }
        }
    }
}
