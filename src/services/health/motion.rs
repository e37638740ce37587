//! Whether the store's threads still move.

use super::probes::{Pending, write};
use super::verdict::Written;
use crate::store::handle::Store;
use crate::store::pulse::Positions;
use crate::store::sequencer::queue::QueueError;
use std::time::{Duration, Instant};

/// How often the applier is looked at while it has not come as far as what is acknowledged.
const APPLIER_LOOK: Duration = Duration::from_millis(10);

/// Watches the sequencer and the applier. Unlike a health check it asks for no speed: whoever makes any progress from
/// one look to the next moves.
#[derive(Debug)]
pub struct Motion {
    store: Store,
    write: Pending<Written>,
    last: Positions,
}

impl Motion {
    /// Watches the threads of a store.
    pub fn new(store: Store) -> Self {
        Self { write: Pending::default(), last: store.positions(), store }
    }

    /// Returns the threads that have not moved since the last look and do not by the deadline.
    pub async fn stuck(&mut self, deadline: Instant) -> Vec<&'static str> {
        let store = &self.store;
        let written = self.write.answer(deadline, || write(store.clone())).await;
        let last = std::mem::replace(&mut self.last, self.store.positions());
        let mut stuck = Vec::new();
        let sequencer = match written {
            Some(Ok(()) | Err(QueueError::ReadOnly)) => true,
            // So much waits that nothing more is taken in: what counts is whether it gets less.
            Some(Err(QueueError::Full)) | None => self.last.acknowledged > last.acknowledged,
            Some(Err(_)) => false,
        };
        if !sequencer {
            stuck.push("sequencer");
        }
        if !applies(&self.store, self.last.acknowledged, last.applied, deadline).await {
            stuck.push("applier");
        }
        stuck
    }
}

/// Tells whether the applier has written something since, or has nothing left to write by the deadline.
async fn applies(store: &Store, wanted: u64, applied_before: u64, deadline: Instant) -> bool {
    loop {
        let applied = store.positions().applied;
        if applied >= wanted || applied > applied_before {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(APPLIER_LOOK).await;
    }
}
