//! What a connection's parts tell each other: the socket counts bytes, the service counts requests, the warden reads.

use crate::platform::locks::lock;
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, Weak};
use tokio::time::Instant;

/// Counters of one connection. On HTTP/1.1 one task does all; on HTTP/2 requests end on other tasks. The counters
/// are looked at a few times a minute, so the order in which they become visible does not matter.
#[derive(Debug, Default)]
pub(super) struct ConnectionState {
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
    /// What was read when the last request began or ended: more than that is the head of the next one.
    bytes_read_at_request: AtomicU64,
    requests: AtomicU32,
    ended: AtomicU32,
    /// Requests share the connection (HTTP/2): bytes between them are not the head of one.
    pub(super) multiplexed: Flag,
    /// The connection should end after what it carries now.
    pub(super) retired: Flag,
    /// The connection has carried an answer that goes on until it is ended.
    pub(super) endless: Flag,
    /// A request on it proved who sent it.
    pub(super) proven: Flag,
    /// Since when nothing could be written of what should be.
    clogged: Mutex<Option<Instant>>,
    /// Answers on HTTP/2 that were given out as a whole and not written yet, in the order in which they were left.
    left: Mutex<VecDeque<Weak<dyn Output>>>,
    /// A block of headers on HTTP/2 has begun and not ended.
    pub(super) in_block: AtomicBool,
}

/// What a client is to take.
pub(super) trait Output: fmt::Debug + Send + Sync {
    /// Returns since when the client takes nothing of it; none while there is nothing to take.
    fn still_since(&self) -> Option<Instant>;
}

/// Something that, once it is so, stays so.
#[derive(Debug, Default)]
pub(super) struct Flag(AtomicBool);

impl Flag {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the warden sees at one look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sight {
    /// Requests begun and ended so far.
    pub(super) requests: u64,
    /// Whether a request is being answered, its body's last byte included.
    pub(super) busy: bool,
    /// Whether part of a request's head has come.
    pub(super) head_begun: bool,
    /// Whether that head is part of HTTP/2, where it keeps its time also while requests are being answered.
    pub(super) in_block: bool,
    /// Bytes in both directions.
    pub(super) bytes: u64,
    /// Since when the client takes nothing of what it asked for; on HTTP/2, of the answer that waits longest among those
    /// that can no longer be taken back one by one.
    pub(super) untaken_since: Option<Instant>,
}

impl ConnectionState {
    pub(super) fn read(&self, count: usize) {
        self.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// Returns how many had come when the last request began or ended.
    pub(super) fn bytes_read_at_request(&self) -> u64 {
        self.bytes_read_at_request.load(Ordering::Relaxed)
    }

    pub(super) fn written(&self, count: usize) {
        self.bytes_written.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Counts a request and returns how many there were with it.
    pub(super) fn request_began(&self) -> u32 {
        self.mark();
        self.requests.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    pub(super) fn request_ended(&self) {
        self.mark();
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that nothing can be written now.
    pub(super) fn clog(&self) {
        lock(&self.clogged).get_or_insert_with(Instant::now);
    }

    /// Notes that something was written, or nothing is to be.
    pub(super) fn unclog(&self) {
        *lock(&self.clogged) = None;
    }

    /// Keeps an answer in sight that was given out as a whole and is not written yet.
    pub(super) fn leave(&self, output: Weak<dyn Output>) {
        let mut left = lock(&self.left);
        while left.front().is_some_and(|first| first.strong_count() == 0) {
            left.pop_front();
        }
        left.push_back(output);
    }

    fn untaken_since(&self) -> Option<Instant> {
        let left = lock(&self.left);
        let left = left.iter().filter_map(|output| output.upgrade()?.still_since());
        let clogged = *lock(&self.clogged);
        left.chain(clogged).min()
    }

    fn mark(&self) {
        self.bytes_read_at_request.store(self.bytes_read.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    pub(super) fn is_busy(&self) -> bool {
        self.requests.load(Ordering::Relaxed) != self.ended.load(Ordering::Relaxed)
    }

    pub(super) fn sight(&self) -> Sight {
        let read = self.bytes_read.load(Ordering::Relaxed);
        let (began, ended) = (self.requests.load(Ordering::Relaxed), self.ended.load(Ordering::Relaxed));
        Sight {
            requests: u64::from(began) + u64::from(ended),
            busy: began != ended,
            head_begun: read != self.bytes_read_at_request.load(Ordering::Relaxed)
                && !self.multiplexed.is_set(),
            in_block: self.in_block.load(Ordering::Relaxed),
            bytes: read + self.bytes_written.load(Ordering::Relaxed),
            untaken_since: self.untaken_since(),
        }
    }
}
