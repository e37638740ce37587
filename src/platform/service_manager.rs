//! What the service manager (systemd) is told, by its notify protocol (sd_notify(3)).

use sd_notify::NotifyState;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Sends state changes.
type Tell = dyn Fn(&[NotifyState<'_>]) -> io::Result<()> + Send + Sync;

/// The service manager, or nobody where none runs this process. Cheap to clone.
#[derive(Clone)]
pub struct ServiceManager {
    tell: Option<Arc<Tell>>,
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// Stands for nobody.
    pub const fn none() -> Self {
        Self { tell: None, watchdog: None }
    }

    /// Stands for the service manager that `NOTIFY_SOCKET` and `WATCHDOG_USEC` speak of, or for nobody.
    pub fn from_environment() -> Self {
        if std::env::var_os("NOTIFY_SOCKET").is_none() {
            return Self::none();
        }
        let watchdog = sd_notify::watchdog_enabled().filter(|limit| !limit.is_zero());
        Self { tell: Some(Arc::new(sd_notify::notify)), watchdog }
    }

    /// Stands for a test that keeps what it is told, every message as it goes over the socket.
    #[cfg(test)]
    pub(crate) fn keeping(kept: Arc<std::sync::Mutex<Vec<String>>>, watchdog: Option<Duration>) -> Self {
        let tell = move |states: &[NotifyState<'_>]| {
            let lines: Vec<_> = states.iter().map(ToString::to_string).collect();
            kept.lock().expect("no test panics while it holds it").push(lines.join("\n"));
            Ok(())
        };
        Self { tell: Some(Arc::new(tell)), watchdog }
    }

    /// Returns within which time the watchdog must hear that the process is alive; none where there is no watchdog.
    pub const fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    /// Says that the start or a reload is done.
    pub fn ready(&self, status: &str) {
        self.say(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    /// Says in words what goes on.
    pub fn status(&self, status: &str) {
        self.say(&[NotifyState::Status(status)]);
    }

    /// Asks for so much more time from now on to become ready, and says what for.
    pub fn extend_start(&self, time: Duration, status: &str) {
        let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        self.say(&[NotifyState::ExtendTimeoutUsec(micros), NotifyState::Status(status)]);
    }

    /// Says that a reload has begun.
    pub fn reloading(&self, status: &str) {
        match NotifyState::monotonic_usec_now() {
            Ok(since) => self.say(&[NotifyState::Reloading, since, NotifyState::Status(status)]),
            // Without the time the message would be taken for a mistake.
            Err(_no_clock) => self.status(status),
        }
    }

    /// Says that the stop has begun.
    pub fn stopping(&self, status: &str) {
        self.say(&[NotifyState::Stopping, NotifyState::Status(status)]);
    }

    /// Tells the watchdog that the process is alive.
    pub fn alive(&self) {
        self.say(&[NotifyState::Watchdog]);
    }

    fn say(&self, states: &[NotifyState<'_>]) {
        let Some(tell) = &self.tell else { return };
        if let Err(error) = tell(states) {
            tracing::warn!(error = %error, "The service manager could not be told how the appliance is");
        }
    }
}

impl fmt::Debug for ServiceManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceManager").field("watchdog", &self.watchdog).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn messages_are_those_of_the_protocol() {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let manager = ServiceManager::keeping(Arc::clone(&kept), None);
        manager.extend_start(Duration::from_mins(1), "Starting");
        manager.ready("Serving");
        manager.reloading("Reloading");
        manager.alive();
        manager.stopping("Stopping");
        let kept = kept.lock().unwrap();
        assert_eq!(kept[0], "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=Starting");
        assert_eq!(kept[1], "READY=1\nSTATUS=Serving");
        assert!(kept[2].starts_with("RELOADING=1\nMONOTONIC_USEC="), "{}", kept[2]);
        assert_eq!(kept[3..], ["WATCHDOG=1", "STOPPING=1\nSTATUS=Stopping"]);
        ServiceManager::none().ready("nobody hears it");
    }
}
