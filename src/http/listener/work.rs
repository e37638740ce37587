//! A request on a connection, from its head until the last byte of its answer has left the program.

use super::state::{ConnectionState, Output};
use crate::http::shares::Share;
use crate::platform::locks::lock;
use bytes::Bytes;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::time::Instant;

/// A request being answered. The connection is busy until the last of those that hold it is dropped: its answer's body,
/// and on HTTP/2 every piece that was given to the connection and is not written yet.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) state: Arc<ConnectionState>,
    /// How many requests the connection had carried with it.
    pub(super) number: u32,
    /// Its place among the open streams of HTTP/2.
    pub(super) _stream: Option<Share>,
    /// Memory of an answer that waits as a whole.
    pub(super) memory: OnceLock<Share>,
    /// Pieces that were given out and are not written yet.
    pieces: AtomicUsize,
    /// When one of them last came or went.
    moved: Mutex<Instant>,
}

impl Work {
    pub(super) fn begin(state: &Arc<ConnectionState>, stream: Option<Share>) -> Arc<Self> {
        let number = state.request_began();
        Arc::new(Self {
            state: Arc::clone(state),
            number,
            _stream: stream,
            memory: OnceLock::new(),
            pieces: AtomicUsize::new(0),
            moved: Mutex::new(Instant::now()),
        })
    }

    fn count(&self, change: impl FnOnce(&AtomicUsize) -> usize) {
        change(&self.pieces);
        *lock(&self.moved) = Instant::now();
    }
}

impl Output for Work {
    fn still_since(&self) -> Option<Instant> {
        let moved = *lock(&self.moved);
        (self.pieces.load(Ordering::Relaxed) > 0).then_some(moved)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.state.request_ended();
    }
}

/// Bytes that HTTP/2 keeps until the client's windows let them out.
struct Piece {
    bytes: Bytes,
    work: Arc<Work>,
    /// Memory of a piece of an answer whose length is not known.
    _memory: Option<Share>,
}

/// Watches bytes on their way out.
pub(super) fn watched(bytes: Bytes, work: &Arc<Work>, memory: Option<Share>) -> Bytes {
    work.count(|pieces| pieces.fetch_add(1, Ordering::Relaxed));
    Bytes::from_owner(Piece { bytes, work: Arc::clone(work), _memory: memory })
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.work.count(|pieces| pieces.fetch_sub(1, Ordering::Relaxed));
    }
}
