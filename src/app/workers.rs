//! The list of workers.

use crate::app::parts::Parts;
use crate::services::upkeep::Worker;
use crate::store::handle::Store;
use crate::telemetry::access::AccessLog;
use crate::telemetry::logs::LogHandle;
use crate::telemetry::metrics::Metrics;
use crate::tls::Upkeep;
use crate::tls::keeper::TlsKeeper;
use std::sync::Arc;
use std::time::Duration;

/// What workers work with.
pub(super) struct Tools {
    pub(super) parts: Parts,
    pub(super) tls: TlsKeeper,
    pub(super) metrics: Arc<Metrics>,
    pub(super) access_log: Arc<AccessLog>,
    pub(super) logs: Option<Arc<LogHandle>>,
}

/// Returns every worker.
pub(super) fn all(tools: &Tools) -> Vec<Worker> {
    vec![
        renew_certificate(tools),
        write_token_uses(tools),
        write_heartbeats(tools),
        write_sessions(tools),
        write_usage(tools),
        measure(tools),
        keep_series(tools),
        report_suppressed(tools),
    ]
}

/// Renews the server's certificate thirty days before its end, or when the machine's names have changed.
fn renew_certificate(tools: &Tools) -> Worker {
    let (tls, metrics) = (tools.tls.clone(), Arc::clone(&tools.metrics));
    worker("certificate", Duration::from_hours(1), move || {
        let upkeep = tls.renew_if_due().map_err(|error| error.to_string())?;
        if upkeep != Upkeep::Unchanged {
            tracing::info!("The server's certificate was renewed");
        }
        if let Some(not_after) = tls.expires_at() {
            metrics.certificate_expires(not_after);
        }
        Ok(())
    })
}

/// Writes when tokens were used last.
fn write_token_uses(tools: &Tools) -> Worker {
    let access = tools.parts.access.clone();
    worker("token-uses", Duration::from_mins(1), move || {
        access.write_uses();
        Ok(())
    })
}

/// Writes when agents were heard of last.
fn write_heartbeats(tools: &Tools) -> Worker {
    let agents = tools.parts.agents.clone();
    worker("heartbeats", Duration::from_mins(1), move || {
        agents.write_heartbeats();
        Ok(())
    })
}

/// Forgets sessions that have ended and writes when the others were used.
fn write_sessions(tools: &Tools) -> Worker {
    let sessions = tools.parts.sessions.clone();
    worker("sessions", Duration::from_mins(1), move || {
        sessions.write_uses();
        Ok(())
    })
}

/// Writes what tenants used.
fn write_usage(tools: &Tools) -> Worker {
    let usage = tools.parts.usage.clone();
    Worker { name: "usage", every: Duration::from_mins(1), step: Box::new(move |now| usage.write(now)) }
}

/// Measures the database file and the disk.
fn measure(tools: &Tools) -> Worker {
    let (store, metrics) = (tools.parts.store.clone(), Arc::clone(&tools.metrics));
    worker("measure", Duration::from_secs(10), move || measure_store(&store, &metrics))
}

fn measure_store(store: &Store, metrics: &Metrics) -> Result<(), String> {
    let file_bytes = store.database_bytes().map_err(|error| error.to_string())?;
    let free_bytes = store.free_bytes().map_err(|error| error.to_string())?;
    metrics.store_measured(file_bytes, free_bytes);
    Ok(())
}

/// Keeps what happened in every minute and hour.
fn keep_series(tools: &Tools) -> Worker {
    let (series, sources) = (tools.parts.series.clone(), tools.parts.watched(&tools.metrics));
    let step = move |now| series.look(now, &sources);
    Worker { name: "series", every: Duration::from_secs(10), step: Box::new(step) }
}

/// Says how many request lines were left out, and how many lines were lost.
fn report_suppressed(tools: &Tools) -> Worker {
    let (access_log, logs) = (Arc::clone(&tools.access_log), tools.logs.clone());
    Worker {
        name: "log-lines",
        every: Duration::from_secs(1),
        step: Box::new(move |now| {
            access_log.flush_suppressed(now);
            if let Some(logs) = &logs {
                logs.report_dropped_lines();
            }
            Ok(())
        }),
    }
}

fn worker(
    name: &'static str,
    every: Duration,
    mut step: impl FnMut() -> Result<(), String> + Send + 'static,
) -> Worker {
    Worker { name, every, step: Box::new(move |_now| step()) }
}
