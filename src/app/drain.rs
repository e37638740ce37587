//! Stop, as a numbered story.

use crate::app::directory::DataDirectory;
use crate::app::run_file::RunFile;
use crate::app::workers::RunningWorkers;
use crate::http::listener::Drained;
use crate::platform::clock::Clock;
use crate::platform::files::{DirectoryLock, remove_if_there};
use crate::platform::machine::Machine;
use crate::platform::shutdown::ShutdownTrigger;
use crate::services::all::Services;
use crate::services::health::Phase;
use crate::services::live::Ending;
use crate::services::setup;
use crate::store::error::{ErrorChain, StoreError};
use crate::telemetry::access::AccessLog;
use crate::telemetry::metrics::Totals;
use crate::tls::keeper::TlsKeeper;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// An appliance that takes traffic.
#[derive(Debug)]
pub struct Running {
    /// Its data directory.
    pub directory: DataDirectory,
    /// Where it listens.
    pub run: RunFile,
    /// Its services.
    pub services: Arc<Services>,
    /// Its certificates.
    pub tls: TlsKeeper,
    pub(super) access_log: Arc<AccessLog>,
    pub(super) machine: Machine,
    pub(super) trigger: ShutdownTrigger,
    pub(super) listeners: JoinSet<Drained>,
    pub(super) workers: RunningWorkers,
    pub(super) background: JoinSet<()>,
    pub(super) _lock: DirectoryLock,
}

/// How a stop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Every request was answered, and everything is durable in the database.
    Drained,
    /// Some requests were cut off at the deadline, or the database could not be closed.
    TimedOut,
}

impl Running {
    /// Stops the appliance: finishes the requests under way, then closes the store.
    pub async fn stop(mut self, reason: &str) -> Stopped {
        let services = Arc::clone(&self.services);
        // 1. Nobody is sent here any more, new work is refused, and live streams end: they would go on for ever.
        services.health.enter(Phase::Draining);
        services.live.end(Ending::Draining);
        if let Err(error) = remove_if_there(&self.directory.run_file()) {
            tracing::warn!(error = %error, "run.json was not removed");
        }

        // 2. The listeners finish what is under way, refuse who comes meanwhile, and close; workers and the admin
        // socket end.
        self.trigger.trigger();
        self.workers.ask_to_stop();
        let mut drained = true;
        while let Some(listener) = self.listeners.join_next().await {
            drained &= listener.is_ok_and(|ended| ended == Drained::Finished);
        }
        self.workers.stopped().await;
        while self.background.join_next().await.is_some() {}
        let _ = std::fs::remove_file(self.directory.socket());

        // 3. What workers hold is written, and the stop is the last event of this run.
        services.access.write_uses();
        services.agents.write_heartbeats();
        services.sessions.write_uses();
        let now = services.store.clock().now();
        if let Err(error) = services.usage.write(now) {
            tracing::warn!(error = %error, "What tenants used was not written");
        }
        if let Err(error) = services.series.finish(now) {
            tracing::warn!(error = %error, "What happened in the last moments was not written");
        }
        if let Err(error) = setup::record_stop(&services.store, reason) {
            tracing::warn!(error = %error, "The stop was not recorded");
        }

        // 4. The sequencer drains, everything is applied and committed, the store closes.
        let store = services.store.clone();
        let closed = tokio::task::spawn_blocking(move || store.close()).await;
        if let Err(error) = closed.unwrap_or(Err(StoreError::Stopped)) {
            tracing::error!(error = %ErrorChain(&error), "The store was not closed");
            drained = false;
        }
        let later = self.machine.clock.now().saturating_add(Duration::from_secs(2));
        self.access_log.flush_suppressed(later);

        // 5. What this run came to.
        self.report_totals();
        if drained { Stopped::Drained } else { Stopped::TimedOut }
    }

    /// Logs a snapshot of the most important series: after the stop nobody can ask for them any more.
    fn report_totals(&self) {
        let Totals { answered, events_stored, events_repeated, events_refused, limited, panics } =
            self.services.metrics.totals();
        let (answered_2xx, answered_3xx) = (answered.success, answered.redirected);
        let (answered_4xx, answered_5xx) = (answered.refused + answered.limited, answered.failed);
        let uptime_s = self.services.health.uptime().as_secs();
        tracing::info!(
            answered_2xx,
            answered_3xx,
            answered_4xx,
            answered_5xx,
            events_stored,
            events_repeated,
            events_refused,
            requests_limited = limited,
            panics,
            uptime_s,
            "In {uptime_s} s {} requests were answered and {events_stored} events stored",
            answered.total()
        );
    }
}
