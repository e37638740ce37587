//! Feeding the service manager's watchdog, as long as everything that takes events in still moves.
//!
//! A part that hangs neither fails nor panics, so nothing else would end the process. Where one does not move, the
//! watchdog is not fed; it ends the process when it has waited long enough, and the start brings it into a known state.

use crate::http::listener::Heartbeat;
use crate::platform::service_manager::ServiceManager;
use crate::platform::shutdown::Shutdown;
use crate::platform::workers::Worker;
use crate::services::health::Motion;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// What has to move.
pub(super) struct Watched {
    pub(super) motion: Motion,
    /// The listeners with their names.
    pub(super) listeners: Vec<(&'static str, Heartbeat)>,
}

/// Returns the worker that feeds the watchdog until the stop, from which on the service manager counts the time of the
/// stop instead; none where there is no watchdog.
pub(super) fn worker(manager: ServiceManager, watched: Watched, stop: Shutdown) -> Option<Worker> {
    let limit = manager.watchdog()?;
    let feeder = Arc::new(Mutex::new(Feeder { manager, watched, limit, stuck_before: Vec::new() }));
    Some(Worker::asynchronous("watchdog", limit / 2, move |_now| {
        let (feeder, mut stop) = (Arc::clone(&feeder), stop.clone());
        async move {
            let mut feeder = feeder.lock().await;
            tokio::select! {
                biased;
                // Listeners that have ended do not move.
                () = stop.requested() => {}
                () = feeder.look() => {}
            }
            Ok(())
        }
    }))
}

struct Feeder {
    manager: ServiceManager,
    watched: Watched,
    /// Within which time the watchdog must be fed.
    limit: Duration,
    /// What did not move at the last look.
    stuck_before: Vec<&'static str>,
}

impl Feeder {
    async fn look(&mut self) {
        // A look and the wait for the next together stay within the limit.
        let stuck = self.watched.stuck(self.limit / 4).await;
        if stuck.is_empty() {
            self.manager.alive();
        }
        report(&self.manager, &self.stuck_before, &stuck, self.limit);
        self.stuck_before = stuck;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::listener::heartbeat;
    use crate::platform::clock::SystemClock;
    use crate::platform::entropy::{self, SystemEntropy};
    use crate::platform::real_disk::RealDisk;
    use crate::platform::shutdown;
    use crate::platform::workers::{Supervisor, Workers};
    use crate::store::handle::Store;
    use crate::store::options::StoreOptions;
    use std::sync::{Arc, Mutex};

    fn store() -> (Store, std::path::PathBuf) {
        let entropy = Arc::new(SystemEntropy::new());
        let name = u64::from_le_bytes(entropy::array(entropy.as_ref()));
        let path = std::env::temp_dir().join(format!("mainstay-watchdog-{name:x}"));
        std::fs::create_dir(&path).unwrap();
        let (disk, clock) = (Arc::new(RealDisk::new(&path)), Arc::new(SystemClock));
        Store::create(disk.as_ref(), clock.as_ref(), entropy.as_ref()).unwrap();
        let options = StoreOptions { journal_segment_bytes: 256 << 10, ..StoreOptions::default() };
        (Store::open(disk, options, clock, entropy).unwrap(), path)
    }

    #[tokio::test]
    async fn a_listener_that_does_not_answer_starves_the_watchdog_and_is_named() {
        let (store, path) = store();
        let kept = Arc::new(Mutex::new(Vec::new()));
        let manager = ServiceManager::keeping(Arc::clone(&kept), Some(Duration::from_millis(200)));
        let (heard, mut beats) = heartbeat();
        let (hung, hanging) = heartbeat();
        let listeners = vec![("HTTPS listener", heard), ("operations listener", hung)];
        let mut watched = Watched { motion: Motion::new(store.clone()), listeners };
        tokio::spawn(async move {
            loop {
                beats.answer_next().await;
            }
        });
        let stuck = watched.stuck(Duration::from_millis(50)).await;
        assert_eq!(stuck, ["operations listener"]);

        let (trigger, stop) = shutdown::channel();
        let worker = worker(manager, watched, stop.clone()).unwrap();
        let supervisor = Supervisor::new(worker, Arc::new(SystemClock), &Workers::default());
        let running = tokio::spawn(supervisor.run(stop));
        let told =
            |kept: &Mutex<Vec<String>>, message: &str| kept.lock().unwrap().iter().any(|one| one == message);
        while !told(&kept, "STATUS=Stuck: operations listener") {
            tokio::task::yield_now().await;
        }
        assert!(!told(&kept, "WATCHDOG=1"), "{kept:?}");
        let mut hanging = hanging;
        tokio::spawn(async move {
            loop {
                hanging.answer_next().await;
            }
        });
        while !told(&kept, "WATCHDOG=1") {
            tokio::task::yield_now().await;
        }
        trigger.trigger();
        running.await.unwrap();
        store.close().unwrap();
        std::fs::remove_dir_all(path).unwrap();
    }
}
