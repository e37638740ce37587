//! One connection's conversation: send, wait for the answer, count it, until the round closes.

use crate::histogram::Histogram;
use crate::plan::{Carries, Pace, Plan};
use crate::wire::{Answers, Request};
use memchr::memmem;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsConnector;

/// The runtime's timer rounds up to its next millisecond; waking one earlier, no request is late because of it.
const TIMER_STEP: Duration = Duration::from_millis(1);

/// What all connections share.
pub(crate) struct Shared {
    /// What was asked for.
    pub(crate) plan: Plan,
    /// The client's side of TLS, if the target speaks it.
    pub(crate) tls: Option<TlsConnector>,
    /// Passed once every thread has its connections.
    pub(crate) connected: Barrier,
    /// Set by the first thread that passes.
    pub(crate) window: OnceLock<Window>,
    /// Nanoseconds from the window's opening to the last answer of any connection.
    pub(crate) last_answer_ns: AtomicU64,
    /// Longest time so far between two answers that count.
    pub(crate) longest_gap_ns: AtomicU64,
}

/// The time that counts.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    /// First requests are sent.
    pub(crate) starts: Instant,
    /// From here on answers count.
    pub(crate) opens: Instant,
    /// From here on none counts and none is asked for.
    pub(crate) closes: Instant,
}

impl Window {
    /// Opens after the plan's warm-up.
    pub(crate) fn starting_now(plan: &Plan) -> Self {
        let starts = Instant::now();
        let opens = starts + plan.warm_up;
        Self { starts, opens, closes: opens + plan.measured }
    }
}

/// What one thread counted.
pub(crate) struct Tally {
    /// Of the answers inside the window, in nanoseconds.
    pub(crate) latencies: Histogram,
    /// Events answered inside the window.
    pub(crate) events: u64,
    /// Answers with 201.
    pub(crate) created: u64,
    /// Answers with a status that was not expected.
    pub(crate) unexpected: u64,
    /// The first of them.
    pub(crate) first_unexpected: Option<String>,
}

impl Tally {
    /// Makes one that has counted nothing.
    pub(crate) fn new() -> Self {
        Self { latencies: Histogram::new(), events: 0, created: 0, unexpected: 0, first_unexpected: None }
    }

    /// Adds what another thread counted.
    pub(crate) fn add(&mut self, other: Self) {
        self.latencies.add(&other.latencies);
        self.events += other.events;
        self.created += other.created;
        self.unexpected += other.unexpected;
        self.first_unexpected = self.first_unexpected.take().or(other.first_unexpected);
    }
}

/// A connection, with or without TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// One connection's conversation.
pub(crate) struct Talk {
    /// What it has in common with the others.
    pub(crate) shared: Arc<Shared>,
    /// What its thread counts. Never contended: the runtime has one thread.
    pub(crate) tally: Arc<Mutex<Tally>>,
    /// The time that counts.
    pub(crate) window: Window,
    /// Its number, from 0.
    pub(crate) connection: usize,
}

impl Talk {
    /// Talks until the round closes, a request at a time.
    pub(crate) async fn run(self, mut stream: Box<dyn Stream>) -> io::Result<()> {
        let mut request = Request::new(&self.shared.plan, self.connection);
        let mut answers = Answers::new();
        let mut now = self.window.starts;
        let mut sent = 0;
        loop {
            let began = self.wait_for_turn(now, sent).await;
            // Whoever is behind schedule when the round closes does not catch up.
            if began.max(now) >= self.window.closes {
                return Ok(());
            }
            stream.write_all(request.next_bytes()).await?;
            stream.flush().await?;
            let status = answers.read(&mut stream).await?;
            sent += 1;
            now = Instant::now();
            self.record(began, now, status, answers.last());
        }
    }

    /// Waits until the next request is due and returns the instant from which its latency counts.
    async fn wait_for_turn(&self, now: Instant, sent: u32) -> Instant {
        let Pace::Open(rate) = self.shared.plan.pace else {
            return now;
        };
        let connections = self.shared.plan.connections as f64;
        let turn = f64::from(sent) + self.connection as f64 / connections;
        let due = self.window.starts + Duration::from_secs_f64(turn * connections / rate);
        if let Some(wake) = due.checked_sub(TIMER_STEP).filter(|wake| *wake > now) {
            tokio::time::sleep_until(tokio::time::Instant::from_std(wake)).await;
            return due.min(Instant::now());
        }
        due.min(now)
    }

    fn record(&self, began: Instant, answered: Instant, status: u16, answer: &[u8]) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.created += u64::from(status == 201);
        let events = match self.shared.plan.carries {
            Carries::Batch(events) => events,
            _ => 1,
        };
        let whole =
            events == 1 || memmem::find(answer, format!("{{\"accepted\":{events},").as_bytes()).is_some();
        if !whole || !self.shared.plan.statuses.contains(&status) {
            tally.unexpected += 1;
            tally.first_unexpected.get_or_insert_with(|| String::from_utf8_lossy(answer).into_owned());
        }
        if answered >= self.window.opens && answered < self.window.closes {
            tally.latencies.record(nanoseconds(answered - began));
            tally.events += events as u64;
            self.note_answer(answered);
        }
    }

    /// Notes that an answer that counts has come.
    pub(crate) fn note_answer(&self, answered: Instant) {
        let at = nanoseconds(answered - self.window.opens);
        let before = self.shared.last_answer_ns.fetch_max(at, Ordering::Relaxed);
        self.shared.longest_gap_ns.fetch_max(at.saturating_sub(before), Ordering::Relaxed);
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
