//! What a connection's parts tell each other: the socket counts bytes, the service counts requests, the warden reads.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

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
    /// Bytes in both directions.
    pub(super) bytes: u64,
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
            bytes: read + self.bytes_written.load(Ordering::Relaxed),
        }
    }
}
