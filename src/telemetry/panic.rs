//! Panics become log lines and a count.

use crate::telemetry::metrics::Metrics;
use std::panic::PanicHookInfo;
use std::sync::Arc;
use tracing::error;

/// Longest message in characters: some panics of the standard library quote the text they failed on.
const MESSAGE_LEN_MAX: usize = 200;

/// Counts every panic from now on and logs it, in place of the standard library's message. Where logging is not set
/// up, as in short commands, that message stays.
pub fn install(metrics: Arc<Metrics>) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        metrics.machine.panicked();
        if tracing::dispatcher::has_been_set() {
            log(panic);
        } else {
            before(panic);
        }
    }));
}

fn log(panic: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let message: String =
        panic.payload_as_str().unwrap_or("no message").chars().take(MESSAGE_LEN_MAX).collect();
    error!(thread = thread.name().unwrap_or("unnamed"), location = location, "A thread panicked: {message}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn a_panic_is_counted() {
        let metrics = Arc::new(Metrics::new(Timestamp::from_micros(0)));
        install(Arc::clone(&metrics));
        let panicked = std::thread::spawn(|| panic!("on purpose")).join();
        drop(std::panic::take_hook());
        assert!(panicked.is_err());
        // Not exactly one: other tests of this process may panic meanwhile.
        assert!(!metrics.render().contains("\npanics_total 0\n"));
    }
}
