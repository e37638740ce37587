//! The list of workers.

use crate::app::watchdog::{self, Watched};
use crate::domain::time::Timestamp;
use crate::platform::believed_clock::BelievedClock;
use crate::platform::service_manager::ServiceManager;
use crate::platform::shutdown::{self, Shutdown, ShutdownTrigger};
use crate::platform::workers::{Ended, Outcome, Supervisor, Worker};
use crate::services::all::Services;
use crate::services::certificates::show_ends;
use crate::services::series::Series;
use crate::services::usage::Usage;
use crate::store::handle::Store;
use crate::telemetry::access::AccessLog;
use crate::telemetry::logs::LogHandle;
use crate::telemetry::metrics::Metrics;
use crate::tls::Upkeep;
use crate::tls::keeper::TlsKeeper;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

const MINUTE: Duration = Duration::from_mins(1);

pub(super) struct Tools {
    pub(super) services: Arc<Services>,
    pub(super) tls: TlsKeeper,
    pub(super) access_log: Arc<AccessLog>,
    pub(super) logs: Option<Arc<LogHandle>>,
    pub(super) manager: ServiceManager,
    pub(super) watched: Watched,
}

/// The workers over one set of services. They are stopped before its store is closed.
#[derive(Debug)]
pub(super) struct RunningWorkers {
    trigger: ShutdownTrigger,
    tasks: JoinSet<()>,
}

impl RunningWorkers {
    /// Starts every worker. One that panics too often ends the process, as the store does when it fails: a part that
    /// the appliance relies on works no more, and the service manager restarts the process into a known state. What was
    /// acknowledged is in the journal.
    pub(super) fn start(tools: Tools) -> Self {
        let clock = Arc::clone(tools.services.store.clock());
        let ((trigger, stop), mut tasks) = (shutdown::channel(), JoinSet::new());
        let board = tools.services.workers.clone();
        for worker in all(tools, &stop) {
            let supervisor = Supervisor::new(worker, Arc::<BelievedClock>::clone(&clock), &board);
            let stop = stop.clone();
            tasks.spawn(async move {
                if supervisor.run(stop).await == Ended::PanickedTooOften {
                    tracing::error!("A worker panicked too often; the process ends");
                    std::process::exit(1);
                }
            });
        }
        Self { trigger, tasks }
    }

    /// Asks every worker to stop after the step under way.
    pub(super) fn ask_to_stop(&self) {
        self.trigger.trigger();
    }

    pub(super) async fn stopped(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

fn all(tools: Tools, stop: &Shutdown) -> Vec<Worker> {
    let services = &tools.services;
    let mut workers = vec![
        services.live.worker(),
        services.jobs.worker(),
        services.health.worker(),
        renew_certificate(&tools),
        with("requests", Duration::from_mins(10), &services.requests, |requests, _now| requests.forget()),
        with("token-uses", MINUTE, &services.access, |access, _now| {
            access.write_uses();
            Ok(())
        }),
        with("heartbeats", MINUTE, &services.agents, |agents, _now| {
            agents.write_heartbeats();
            Ok(())
        }),
        with("sessions", MINUTE, &services.sessions, |sessions, _now| {
            sessions.write_uses();
            Ok(())
        }),
        with("usage", MINUTE, &services.usage, Usage::write),
        measure(services),
        with("series", Duration::from_secs(10), &services.series, Series::look),
        report_suppressed(&tools),
    ];
    workers.extend(watchdog::worker(tools.manager, tools.watched, stop.clone()));
    workers
}

/// Returns a worker that does something again and again with a part of the services.
fn with<T: Clone + Send + Sync + 'static>(
    name: &'static str,
    interval: Duration,
    part: &T,
    step: fn(&T, Timestamp) -> Outcome,
) -> Worker {
    let part = part.clone();
    Worker::blocking(name, interval, move |now| step(&part, now))
}

/// Renews the server's certificate thirty days before its end, or when the machine's names have changed.
fn renew_certificate(tools: &Tools) -> Worker {
    let (tls, metrics) = (tools.tls.clone(), Arc::clone(&tools.services.metrics));
    Worker::blocking("certificate", Duration::from_hours(1), move |now| {
        let upkeep = tls.renew_if_due(now).map_err(|error| error.to_string())?;
        if upkeep != Upkeep::Unchanged {
            tracing::info!("The server's certificate was renewed");
        }
        show_ends(&tls, &metrics);
        Ok(())
    })
}

fn measure(services: &Services) -> Worker {
    let (store, metrics) = (services.store.clone(), Arc::clone(&services.metrics));
    Worker::blocking("measure", Duration::from_secs(10), move |_now| measure_store(&store, &metrics))
}

fn measure_store(store: &Store, metrics: &Metrics) -> Result<(), String> {
    let file_bytes = store.database_bytes().map_err(|error| error.to_string())?;
    let free_bytes = store.free_bytes().map_err(|error| error.to_string())?;
    metrics.machine.store_measured(file_bytes, free_bytes);
    Ok(())
}

/// Says how many request lines were left out, and how many lines were lost.
fn report_suppressed(tools: &Tools) -> Worker {
    let (access_log, logs) = (Arc::clone(&tools.access_log), tools.logs.clone());
    Worker::blocking("log-lines", Duration::from_secs(1), move |now| {
        access_log.flush_suppressed(now);
        if let Some(logs) = &logs {
            logs.report_dropped_lines();
        }
        Ok(())
    })
}
