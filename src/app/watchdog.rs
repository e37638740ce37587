//! Feeding the service manager's watchdog, as long as everything that takes events in still moves.
//!
//! A part that hangs neither fails nor panics, so nothing else would end the process. Where one does not move, the
//! watchdog is not fed; it ends the process when it has waited long enough, and the start brings it into a known state.

use crate::platform::service_manager::ServiceManager;
use crate::platform::shutdown::Shutdown;
use crate::services::health::Motion;
use crate::web::listener::Heartbeat;
use std::time::{Duration, Instant};
use tokio::time::MissedTickBehavior;

/// What has to move.
pub(super) struct Watched {
    /// The store's threads.
    pub(super) motion: Motion,
    /// The listeners with their names.
    pub(super) listeners: Vec<(&'static str, Heartbeat)>,
}

/// Feeds the watchdog until the stop, from which on the service manager counts the time of the stop instead. Returns at
/// once where there is no watchdog.
pub(super) async fn run(manager: ServiceManager, mut watched: Watched, mut shutdown: Shutdown) {
    let Some(limit) = manager.watchdog() else { return };
    // A look and the wait for the next together stay within the limit.
    let (every, look) = (limit / 2, limit / 4);
    let mut interval = tokio::time::interval(every);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stuck_before = Vec::new();
    loop {
        tokio::select! {
            biased;
            () = shutdown.requested() => return,
            _ = interval.tick() => {}
        }
        let stuck = tokio::select! {
            biased;
            () = shutdown.requested() => return,
            stuck = watched.stuck(look) => stuck,
        };
        if stuck.is_empty() {
            manager.alive();
        }
        report(&manager, &stuck_before, &stuck, limit);
        stuck_before = stuck;
    }
}

impl Watched {
    /// Returns the names of what does not move within this time.
    async fn stuck(&mut self, time: Duration) -> Vec<&'static str> {
        let deadline = Instant::now() + time;
        let Self { motion, listeners } = self;
        let store = motion.stuck(deadline);
        let edge = async {
            let mut stuck = Vec::new();
            for (name, heartbeat) in listeners.iter() {
                let beats = tokio::time::timeout_at(deadline.into(), heartbeat.beats()).await;
                if !beats.unwrap_or(false) {
                    stuck.push(*name);
                }
            }
            stuck
        };
        let (mut stuck, edge) = tokio::join!(store, edge);
        stuck.extend(edge);
        stuck
    }
}

fn report(manager: &ServiceManager, before: &[&str], now: &[&str], limit: Duration) {
    if before == now {
        return;
    }
    for part in now {
        tracing::error!(
            part,
            "The {part} does not move: the watchdog is not fed and ends the process {limit:?} after it last was"
        );
    }
    for part in before.iter().filter(|part| !now.contains(part)) {
        tracing::warn!(part, "The {part} moves again");
    }
    let status = match now {
        [] => "Everything moves again".to_owned(),
        stuck => format!("Stuck: {}", stuck.join(", ")),
    };
    manager.status(&status);
}
