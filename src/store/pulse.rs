//! Whether the store moves.

use crate::store::handle::{Refused, Store};
use crate::store::sequencer::queue::{Item, QueueError};
use std::time::Duration;
use tokio::sync::oneshot;

/// How far the two threads have come, as numbers of journal entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Positions {
    /// The last entry the sequencer has written, synced and shown.
    pub acknowledged: u64,
    /// The last entry the applier has written into the database.
    pub applied: u64,
}

impl Store {
    /// Makes a real journal write and sync; returns how long that took.
    pub async fn probe(&self) -> Result<Duration, Refused> {
        self.writable()?;
        let (reply, answer) = oneshot::channel();
        self.push(Item::Probe(reply))?;
        answer.await.map_err(|_closed| QueueError::Closed)
    }

    /// Returns how far sequencer and applier have come.
    pub fn positions(&self) -> Positions {
        let view = self.shared.view();
        let acknowledged = view.tail.last().map_or(view.applied_entry, |entry| entry.number);
        Positions { acknowledged, applied: view.applied_entry }
    }

    /// Returns all bytes of the disk, used or free.
    pub fn total_bytes(&self) -> std::io::Result<u64> {
        self.disk.total_bytes()
    }
}
