//! Whether the appliance can take traffic.

use crate::store::handle::Store;
use crate::store::sequencer::queue::QueueError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long the outcome of a probe is shared.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// Longest time of a probe.
const PROBE_TIME_MAX: Duration = Duration::from_secs(10);

/// A probe longer than this is logged.
const PROBE_TIME_LOGGED: Duration = Duration::from_secs(1);

/// Answers health questions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Health {
    store: Store,
    reserve_bytes: u64,
    phase: Arc<AtomicU8>,
    started: Instant,
    /// Held while a probe runs, so that callers who come meanwhile share it.
    last: Arc<Mutex<Option<(Instant, Probed)>>>,
}

/// Where the appliance is between start and stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not yet ready.
    Starting,
    /// Takes traffic.
    Serving,
    /// Finishes what it has and takes nothing new.
    Draining,
}

/// What a probe found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Probed {
    database: bool,
    sequencer: bool,
    disk: bool,
}

/// The answer to whether the appliance may take traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Each check's name and whether it passed, in a fixed order (`database`, `sequencer`, `disk`, `serving`).
    pub checks: Vec<(&'static str, bool)>,
}

impl Readiness {
    /// Tells whether every check passed.
    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|(_, passed)| *passed)
    }

    /// Tells whether the named check passed.
    pub fn passed(&self, name: &str) -> bool {
        self.checks.iter().any(|(check, passed)| *check == name && *passed)
    }
}

impl Health {
    /// Stands on the store; intake needs so many free bytes.
    pub fn new(store: Store, reserve_bytes: u64) -> Self {
        Self {
            store,
            reserve_bytes,
            phase: Arc::new(AtomicU8::new(Phase::Starting as u8)),
            started: Instant::now(),
            last: Arc::default(),
        }
    }

    /// Enters a phase.
    pub fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    /// Tells whether start has completed (configuration, migration, index).
    pub fn has_started(&self) -> bool {
        self.phase.load(Ordering::Acquire) != Phase::Starting as u8
    }

    /// Tells whether the appliance is draining.
    pub fn is_draining(&self) -> bool {
        self.phase.load(Ordering::Acquire) == Phase::Draining as u8
    }

    /// Runs or shares the probes (at most one run a second).
    pub async fn readiness(&self) -> Readiness {
        let probed = self.probe().await;
        let serving = self.has_started() && !self.is_draining();
        let checks = vec![
            ("database", probed.database),
            ("sequencer", probed.sequencer),
            ("disk", probed.disk),
            ("serving", serving),
        ];
        Readiness { checks }
    }

    /// Returns the time since start.
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    async fn probe(&self) -> Probed {
        let mut last = self.last.lock().await;
        if let Some((at, probed)) = *last
            && at.elapsed() < PROBE_INTERVAL
        {
            return probed;
        }
        let started = Instant::now();
        let wrote = tokio::time::timeout(PROBE_TIME_MAX, self.store.probe()).await;
        let (store, reserve_bytes) = (self.store.clone(), self.reserve_bytes);
        let look = move || {
            let free = store.free_bytes().is_ok_and(|free| free >= reserve_bytes);
            (store.head().is_ok(), free)
        };
        let looked = tokio::time::timeout(PROBE_TIME_MAX, tokio::task::spawn_blocking(look)).await;
        let (read, free) = looked.ok().and_then(Result::ok).unwrap_or((false, false));
        let probed = Probed {
            database: matches!(wrote, Ok(Ok(_) | Err(QueueError::Full))) && read,
            sequencer: wrote.is_ok() && self.store.failure().is_none(),
            disk: free,
        };
        let took = started.elapsed();
        if took > PROBE_TIME_LOGGED {
            let elapsed_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(elapsed_ms, "A health probe took long");
        }
        *last = Some((Instant::now(), probed));
        probed
    }
}
