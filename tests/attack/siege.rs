//! An attack from beginning to end: the good clients are at work before it begins and after it ends, and the memory is
//! measured between.

use crate::appliance::Appliance;
use crate::good::GoodClients;
use std::time::{Duration, Instant};

/// Addresses that attackers come from.
pub(crate) const ATTACKERS: usize = 12;

/// Bytes of a mebibyte.
const MIB: u64 = 1024 * 1024;

/// How long an attack lasts where nothing else is said.
const SECONDS: u64 = 3;

/// How long the good clients work on after the attackers have left.
const AFTERMATH: Duration = Duration::from_millis(800);

/// Returns how long an attack lasts.
pub(crate) fn duration() -> Duration {
    let seconds = std::env::var("MAINSTAY_ATTACK_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(SECONDS))
}

/// An attack under way.
pub(crate) struct Siege<'a> {
    appliance: &'a Appliance,
    good: GoodClients,
    memory_before: u64,
    faults: Vec<String>,
    began: Instant,
}

impl<'a> Siege<'a> {
    pub(crate) async fn begin(appliance: &'a Appliance) -> Self {
        let good = GoodClients::begin(appliance).await;
        tokio::time::sleep(AFTERMATH).await;
        let memory_before = appliance.reset_memory_peak();
        Self { appliance, good, memory_before, faults: Vec::new(), began: Instant::now() }
    }

    /// Notes what the appliance should not have done, unless it did not do it.
    pub(crate) fn check(&mut self, is_right: bool, fault: impl FnOnce() -> String) {
        if !is_right {
            self.faults.push(fault());
        }
    }

    /// Ends it, with all connections of attackers closed, and checks that nobody noticed: all good clients were served
    /// and the memory grew by no more than so many mebibytes.
    pub(crate) async fn end(mut self, growth_mib_max: u64) {
        let peak = self.appliance.memory_peak();
        tokio::time::sleep(AFTERMATH).await;
        self.faults.extend(self.good.end().await);
        let growth = peak.saturating_sub(self.memory_before) / MIB;
        let (before, time) = (self.memory_before / MIB, self.began.elapsed());
        eprintln!("  memory: {before} MiB before, {growth} MiB more at the peak; {time:?}");
        if growth > growth_mib_max {
            self.faults.push(format!("memory grew by {growth} MiB, more than {growth_mib_max}"));
        }
        assert!(self.faults.is_empty(), "{:#?}", self.faults);
    }
}
