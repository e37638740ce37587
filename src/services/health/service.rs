//! The service.

use super::check::{Check, Gates, Overall, Readiness, Report};
use super::clock_watch::ClockWatch;
use super::probes::{Found, Probes, Times};
use super::verdict;
use crate::domain::ids::{DEFAULT_TENANT, SYSTEM_TENANT};
use crate::domain::tenant::TenantStatus;
use crate::domain::time::Timestamp;
use crate::platform::clock::Clock;
use crate::platform::locks::lock;
use crate::platform::workers::Worker;
use crate::services::agents::Agents;
use crate::services::jobs::Jobs;
use crate::store::handle::Store;
use crate::telemetry::summary::Summary;
use crate::tls::keeper::TlsKeeper;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex as QuickMutex};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long the outcome of a run of probes is shared.
const SHARED_FOR: Duration = Duration::from_secs(1);

/// How often the probes run when nobody asks.
const IDLE_INTERVAL: Duration = Duration::from_secs(30);

/// A look older than this tells that nobody could look: probes run more often and end at their deadline.
const LOOK_AGE_MAX: Duration = Duration::from_mins(2);

/// Answers health questions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Health(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    phase: AtomicU8,
    started: Instant,
    started_at: Timestamp,
    tls: TlsKeeper,
    jobs: Jobs,
    /// When the last probes ended, and whether they found that traffic may come. Taken for moments.
    last_look: QuickMutex<Option<(Instant, bool)>>,
    /// Taken for moments.
    clock_watch: QuickMutex<ClockWatch>,
    /// Held while probes run, so that callers who come meanwhile share the outcome.
    runs: Mutex<Runs>,
}

#[derive(Debug)]
struct Runs {
    probes: Probes,
    last: Option<(Instant, Arc<Found>)>,
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

impl Health {
    /// Checks the store, agents, jobs and certificate; intake needs so many free bytes.
    pub fn new(
        store: Store,
        reserve_bytes: u64,
        clock: Arc<dyn Clock>,
        agents: Agents,
        jobs: Jobs,
        tls: TlsKeeper,
    ) -> Self {
        let probes = Probes::new(store.clone(), agents, reserve_bytes, Times::USUAL);
        Self(Arc::new(Inner {
            runs: Mutex::new(Runs { probes, last: None }),
            store,
            started_at: clock.now(),
            clock,
            phase: AtomicU8::new(Phase::Starting as u8),
            started: Instant::now(),
            tls,
            jobs,
            last_look: QuickMutex::default(),
            clock_watch: QuickMutex::default(),
        }))
    }

    /// Returns when the server's certificate ends; none where there is none.
    pub fn certificate_ends(&self) -> Option<Timestamp> {
        self.0.tls.expires_at()
    }

    /// Enters a phase.
    pub fn enter(&self, phase: Phase) {
        self.0.phase.store(phase as u8, Ordering::Release);
    }

    /// Tells whether start has completed (configuration, migration, index).
    pub fn has_started(&self) -> bool {
        self.0.phase.load(Ordering::Acquire) != Phase::Starting as u8
    }

    /// Tells whether the appliance is draining.
    pub fn is_draining(&self) -> bool {
        self.0.phase.load(Ordering::Acquire) == Phase::Draining as u8
    }

    /// Returns the time since start.
    pub fn uptime(&self) -> Duration {
        self.0.started.elapsed()
    }

    /// Tells whether traffic may come.
    pub async fn readiness(&self) -> Readiness {
        let found = self.probe(SHARED_FOR).await;
        let works = |name: &str| found.works(name);
        let checks = vec![
            ("database", works("database")),
            ("sequencer", found.sequencer),
            ("disk", works("disk")),
            ("serving", self.has_started() && !self.is_draining()),
        ];
        Readiness { checks }
    }

    /// Tells whether the last probes found that traffic may come, whatever the phase; none before the first. Nobody is
    /// asked.
    pub fn last_look(&self) -> Option<bool> {
        lock(&self.0.last_look).map(|(at, ready)| ready && at.elapsed() < LOOK_AGE_MAX)
    }

    /// Tells how every part is; the summary says how requests fared.
    pub async fn report(&self, summary: &Summary) -> Report {
        let found = self.probe(SHARED_FOR).await;
        self.report_on(&found, summary)
    }

    /// Tells which gates are open.
    pub async fn gates(&self, summary: &Summary) -> Gates {
        let found = self.probe(SHARED_FOR).await;
        let report = self.report_on(&found, summary);
        let works = |name: &str| found.works(name);
        let catalog = self.0.store.catalog();
        let active = |number| catalog.tenant(number).is_some_and(|t| t.status == TenantStatus::Active);
        let gates = vec![
            ("health", report.overall() != Overall::Unhealthy),
            ("ledger", works("eventLedger")),
            ("tenant", active(SYSTEM_TENANT) && active(DEFAULT_TENANT)),
            ("agents", works("agentRegistry")),
            ("workflows", self.0.jobs.moves()),
        ];
        Gates { gates, database: works("database") }
    }

    /// Returns the worker that keeps probing an idle appliance, so that trouble is noticed and logged although nobody
    /// asks.
    pub fn worker(&self) -> Worker {
        let health = self.clone();
        Worker::asynchronous("health", IDLE_INTERVAL, move |now| {
            let health = health.clone();
            async move {
                health.clock(now);
                health.probe(IDLE_INTERVAL).await;
                Ok(())
            }
        })
    }

    fn report_on(&self, found: &Found, summary: &Summary) -> Report {
        let now = self.0.clock.now();
        let began = Instant::now();
        let (counts, latency) = summary.overall(began);
        let mut checks = found.checks.clone();
        // In the order in which they are published.
        let crowded = summary.was_crowded(began);
        let api = if crowded { verdict::crowded() } else { verdict::api(latency.p95_ms) };
        checks.insert(4, api.of("api", began.elapsed(), now));
        checks.extend(self.certificate(now));
        checks.push(self.clock(now));
        let (started_at, uptime) = (self.0.started_at, self.uptime());
        Report { at: now, checks, space: found.space, started_at, uptime, counts, latency }
    }

    fn certificate(&self, now: Timestamp) -> Option<Check> {
        let began = Instant::now();
        let verdict = verdict::certificate(&self.0.tls.status(), now)?;
        Some(verdict.of("certificate", began.elapsed(), now))
    }

    fn clock(&self, now: Timestamp) -> Check {
        let began = Instant::now();
        let state = self.0.store.clock().state();
        lock(&self.0.clock_watch).note(&state);
        verdict::clock(&state).of("clock", began.elapsed(), now)
    }

    /// Runs the probes, or returns what a run found that is not older than that.
    async fn probe(&self, age_max: Duration) -> Arc<Found> {
        let mut runs = self.0.runs.lock().await;
        if let Some((at, found)) = &runs.last
            && at.elapsed() < age_max
        {
            return Arc::clone(found);
        }
        let found = Arc::new(runs.probes.run(self.0.clock.now()).await);
        let ready = found.works("database") && found.sequencer && found.works("disk");
        *lock(&self.0.last_look) = Some((Instant::now(), ready));
        runs.last = Some((Instant::now(), Arc::clone(&found)));
        found
    }
}
