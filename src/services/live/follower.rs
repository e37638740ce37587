//! One who follows.

use super::feeds::{Batch, Ending, Endings, Feeds, LiveEvent, LiveFilter};
use super::position::{Position, Received};
use crate::domain::cursor::Cursor;
use crate::domain::ids::Seq;
use crate::domain::names::Slug;
use crate::domain::tenant::Tenant;
use crate::services::reading::{Page, Query, ReadError, Reading};
use std::sync::Arc;
use tokio::sync::{Semaphore, broadcast};

/// Follows one tenant's events. Everything up to its position has been given, nothing behind it.
#[derive(Debug)]
pub struct Follower {
    pub(super) feeds: Arc<Feeds>,
    pub(super) reading: Reading,
    /// Turns at reading the ledger.
    pub(super) turns: Arc<Semaphore>,
    pub(super) tenant: Arc<Tenant>,
    pub(super) filter: LiveFilter,
    pub(super) batches: broadcast::Receiver<Arc<Batch>>,
    pub(super) endings: Endings,
    pub(super) position: Position,
}

/// What is new for a follower.
#[derive(Debug)]
pub enum News {
    /// These events, oldest first; may be none.
    Events(Vec<Arc<LiveEvent>>),
    /// Something was missed: the ledger is to be read.
    Behind,
    /// Nobody follows any more.
    Ended(Ending),
}

impl Follower {
    /// Returns the place up to which everything was given.
    pub fn position(&self) -> Cursor {
        Cursor { epoch: Some(self.reading.store().epoch()), seq: Seq(self.position.through) }
    }

    /// Returns whose events are followed.
    pub fn tenant(&self) -> &Slug {
        &self.tenant.slug
    }

    /// Tells whether the ledger is to be read before news are waited for.
    pub fn is_behind(&self) -> bool {
        self.position.behind
    }

    /// Returns what learns of the end, for those who wait for something else meanwhile.
    pub fn endings(&self) -> Endings {
        self.endings.clone()
    }

    /// Waits for news. May be given up while it waits. The events count as given.
    pub async fn news(&mut self) -> News {
        if self.position.behind {
            return News::Behind;
        }
        loop {
            let received = tokio::select! {
                biased;
                ending = self.endings.ended() => return News::Ended(ending),
                received = self.batches.recv() => received,
            };
            match received {
                Ok(batch) => match self.position.receive(batch.after, batch.through) {
                    Received::Known => {}
                    Received::Behind(place) => return News::Events(self.taken(&batch, place)),
                    Received::Missed => return News::Behind,
                },
                // The oldest batch that is left tells by its place whether one of the lost ones was needed.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return News::Ended(Ending::Failed),
            }
        }
    }

    fn taken(&self, batch: &Batch, place: u64) -> Vec<Arc<LiveEvent>> {
        let fresh = batch.events.iter().filter(|live| live.event().seq.0 > place);
        fresh.filter(|live| self.filter.takes(live.event())).map(Arc::clone).collect()
    }

    /// Reads the next page of the ledger, of at most so many events, and makes of it what is wanted. The page counts as
    /// given unless it could not be made.
    pub async fn read<T: Send + 'static>(
        &mut self,
        limit: usize,
        make: impl FnOnce(&Page) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let _turn = self.turns.acquire().await.map_err(|_closed| ReadError::Stopped)?;
        // What is acknowledged now is in the page or in front of its `next`.
        let last = self.reading.store().last_seq();
        let query =
            Query { after: Some(self.position()), limit, filter: (&self.filter).into(), ..Query::default() };
        let make = |page: Page| {
            let end = page.events.last().map(|event| event.seq.0);
            Ok((make(&page)?, end, page.next))
        };
        let (made, end, next) = self.reading.list(&self.tenant, query, make).await?;
        self.position.read(end, next.map(|next| next.seq.0), last);
        Ok(made)
    }

    /// Moves the position to where others' events have been handed on to, if nothing of its own waits.
    pub fn rest(&mut self) {
        let passed = self.feeds.passed();
        if self.batches.is_empty() {
            self.position.rest(passed);
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.feeds.leave(self.tenant.number);
    }
}
