//! How far a start is, for those who wait for it.

use crate::platform::service_manager::ServiceManager;
use crate::store::options::Opening;
use std::time::Duration;
use tokio::sync::watch;

/// How much more time a long step asks for, from the moment it asks.
const EXTENSION: Duration = Duration::from_mins(1);

/// How often a long step asks again: a few times within an extension.
const ASK_EVERY: Duration = Duration::from_secs(15);

/// Tells how far the opening of the store is. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Progress(watch::Sender<Option<Opening>>);

impl Default for Progress {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Progress {
    pub(super) fn note(&self, step: Opening) {
        self.0.send_replace(Some(step));
    }

    /// Waits for the work. While it takes one of the steps that take longer the more there is, the service manager
    /// learns which, and gives it more time as long as it goes on.
    pub(super) async fn tell_until<T>(&self, manager: &ServiceManager, work: impl Future<Output = T>) -> T {
        let mut step = self.0.subscribe();
        let mut work = std::pin::pin!(work);
        loop {
            let noted = step.borrow_and_update().as_ref().map(|step| format!("Starting: {step}"));
            if let Some(status) = &noted {
                manager.extend_start(EXTENSION, status);
            }
            tokio::select! {
                done = &mut work => return done,
                _ = step.changed() => {}
                () = tokio::time::sleep(ASK_EVERY), if noted.is_some() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[tokio::test(start_paused = true)]
    async fn a_long_migration_asks_for_more_time_again_and_again() {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let manager = ServiceManager::keeping(Arc::clone(&kept), None);
        let progress = Progress::default();
        let work = async {
            tokio::time::sleep(Duration::from_mins(5)).await;
            assert!(kept.lock().unwrap().is_empty(), "nothing is asked for before a long step begins");
            progress.note(Opening::Migrating { schema: 6, name: "grow" });
            tokio::time::sleep(Duration::from_secs(119)).await;
            progress.note(Opening::LoadingIndex);
            tokio::time::sleep(Duration::from_millis(1)).await;
            7
        };
        assert_eq!(progress.tell_until(&manager, work).await, 7);
        let kept = kept.lock().unwrap();
        let migrating =
            "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=Starting: migrating the database to schema 6 (grow)";
        assert_eq!(kept.iter().filter(|message| *message == migrating).count(), 8);
        assert_eq!(
            kept.last().unwrap(),
            "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=Starting: loading the index of keys"
        );
    }
}
