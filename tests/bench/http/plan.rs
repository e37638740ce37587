//! What the parent asks of the load generator (one JSON argument), and what comes back (one JSON line).

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A server to be driven.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Target {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The authority of its certificate; none for plain HTTP.
    pub(crate) ca: Option<PathBuf>,
    /// Sent as bearer; a server without credentials gets one too, so that the bytes are the same.
    pub(crate) token: String,
}

/// Which idempotency keys are sent.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Keys {
    /// Every request has a new one, all beginning with these bits.
    New(u64),
    /// This many, beginning with these bits, again and again.
    Repeated(u64, u64),
}

/// When requests are sent.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Pace {
    /// As soon as the connection's last answer is there.
    Closed,
    /// This many a second over all connections, whatever the server does; latencies count from when a request was due.
    Open(f64),
}

/// How many events a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Carries {
    /// One, as plain JSON.
    One,
    /// This many, as a batch of CloudEvents.
    Batch(usize),
    /// Line after line, until the round closes.
    Lines,
    /// This many lines, however long they take.
    AllLines(u64),
}

/// One round of load.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Who is driven.
    pub(crate) target: Target,
    /// Connections held open, each with at most one request on its way.
    pub(crate) connections: usize,
    /// How many events a request carries.
    pub(crate) carries: Carries,
    /// The keys.
    pub(crate) keys: Keys,
    /// The pace.
    pub(crate) pace: Pace,
    /// Statuses that may come; any other one spoils the run.
    pub(crate) statuses: Vec<u16>,
    /// Answers before this are not counted.
    pub(crate) warm_up: Duration,
    /// Answers during this are counted.
    pub(crate) measured: Duration,
}

/// What a round showed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// Events answered a second.
    pub(crate) rate: f64,
    /// Median latency in nanoseconds.
    pub(crate) p50_ns: u64,
    /// 99th percentile in nanoseconds.
    pub(crate) p99_ns: u64,
    /// Longest time without any answer on any connection.
    pub(crate) longest_gap: Duration,
    /// Answers with 201, warm-up included.
    pub(crate) created: u64,
    /// Answers with a status that was not expected, warm-up included.
    pub(crate) unexpected: u64,
    /// The first of them.
    pub(crate) first_unexpected: Option<String>,
}
