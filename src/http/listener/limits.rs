//! Limits of connections, as durations and counts.

use crate::http::options::EdgeOptions;
use std::time::Duration;

/// Longest TLS handshake: a few round trips on a bad line.
pub(super) const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// Longest time from the first byte of a request's head to its last.
const HEAD_MAX: Duration = Duration::from_secs(15);

/// Slowest and quickest tick: the first bounds how late a limit is noticed, the second what idle connections cost.
const TICK: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(5));

/// Limits of a listener's connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests a connection may carry; 0: any number.
    pub requests_per_socket_max: u32,
    /// Longest time for a request's head.
    pub head_timeout: Duration,
    /// Longest time without a request.
    pub idle_timeout: Duration,
    /// Longest time without a byte in either direction while a request is being answered.
    pub stall_timeout: Duration,
    /// Longest time in which the client takes nothing of an answer.
    pub answer_timeout: Duration,
    /// Time between two looks at a connection.
    pub tick: Duration,
}

impl From<&EdgeOptions> for Limits {
    fn from(options: &EdgeOptions) -> Self {
        let shortest = options.request_timeout.min(options.connection_timeout).min(HEAD_MAX);
        Self {
            requests_per_socket_max: options.requests_per_socket_max,
            head_timeout: HEAD_MAX.min(options.connection_timeout),
            idle_timeout: options.connection_timeout,
            // Receiving and answering have a limit each, and say so when it is reached; this comes after both.
            stall_timeout: options.request_timeout * 3,
            answer_timeout: options.request_timeout,
            tick: (shortest / 4).clamp(TICK.0, TICK.1),
        }
    }
}
