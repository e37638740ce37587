//! What tells the followers of new events.

use super::feeds::{ByTenant, Ending, Endings, Feeds, LiveFilter, Round};
use super::follower::Follower;
use super::position::Position;
use crate::domain::cursor::Cursor;
use crate::domain::ids::TenantNumber;
use crate::domain::tenant::Tenant;
use crate::platform::workers::{Outcome, Worker};
use crate::services::reading::{ReadError, Reading, StoredEvent};
use crate::store::error::{ErrorChain, StoreError};
use crate::store::handle::Store;
use crate::store::read::follow::FollowRequest;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore, watch};

/// Least time between two rounds: a busy ledger wakes the hub so often and no oftener, a quiet one at once.
const PAUSE: Duration = Duration::from_millis(2);

/// How often the hub makes a round although nothing nudges it, to show that it works.
const IDLE_INTERVAL: Duration = Duration::from_secs(30);

/// Followers that read the ledger at once, a quarter of all who may: however many have missed something, listings find
/// their turn.
const TURNS_MAX: usize = 4;

/// Follows the ledger. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Live {
    reading: Reading,
    feeds: Arc<Feeds>,
    turns: Arc<Semaphore>,
}

impl Live {
    /// Stands on the ledger's reading; [`Self::worker`] makes it move.
    pub fn new(reading: Reading) -> Self {
        Self { reading, feeds: Arc::new(Feeds::new()), turns: Arc::new(Semaphore::new(TURNS_MAX)) }
    }

    /// Begins to follow a tenant's events behind a cursor, or from now on. A cursor beyond the end of the ledger is
    /// refused: who waited there would miss what comes before it.
    pub fn follow(
        &self,
        tenant: &Arc<Tenant>,
        filter: LiveFilter,
        after: Option<Cursor>,
    ) -> Result<Follower, ReadError> {
        let place = after.map(|cursor| self.reading.place(cursor)).transpose()?;
        let (batches, last) = self.feeds.enter(tenant.number, || self.reading.store().last_seq());
        Ok(Follower {
            feeds: Arc::clone(&self.feeds),
            reading: self.reading.clone(),
            turns: Arc::clone(&self.turns),
            tenant: Arc::clone(tenant),
            filter,
            batches,
            endings: self.feeds.endings(),
            position: Position::begin(place, last),
        })
    }

    /// Returns what learns of the end of following, for what is followed besides events.
    pub fn endings(&self) -> Endings {
        self.feeds.endings()
    }

    /// Returns how many tenants are followed.
    pub fn tenants_followed(&self) -> usize {
        self.feeds.len()
    }

    /// Ends following for everybody.
    pub fn end(&self, why: Ending) {
        self.feeds.end(why);
    }

    /// Returns the worker that hands new events on until the store fails.
    pub fn worker(&self) -> Worker {
        let (hub, nudged) = (self.clone(), self.clone());
        let announced = Arc::new(Mutex::new(self.reading.store().announcements()));
        let worker = Worker::asynchronous("live-events", IDLE_INTERVAL, move |_now| hub.clone().hand_on());
        worker.nudged_by(move || {
            let (hub, announced) = (nudged.clone(), Arc::clone(&announced));
            async move { hub.wait_for_news(&mut *announced.lock().await).await }
        })
    }

    /// Carries one round out, if there is anything to hand on.
    async fn hand_on(self) -> Outcome {
        let store = self.reading.store();
        if let Some(failure) = store.failure() {
            self.end(Ending::Failed);
            return Err(format!("the store has failed: {failure}"));
        }
        let Some(round) = self.feeds.begin_round(store.last_seq()) else { return Ok(()) };
        let wanted = |tenant: TenantNumber| round.tenants.contains(&tenant);
        // Of what came a moment ago memory knows.
        if !store.may_concern(FollowRequest { after: round.after, to: round.to, wanted: &wanted }) {
            self.feeds.pass(round.to);
            return Ok(());
        }
        let (store, feeds) = (store.clone(), Arc::clone(&self.feeds));
        let worked = tokio::task::spawn_blocking(move || work(&store, &feeds, &round)).await;
        worked.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
    }

    /// Waits until there is something to hand on or the store has failed.
    async fn wait_for_news(&self, announced: &mut watch::Receiver<u64>) {
        tokio::time::sleep(PAUSE).await;
        while !self.feeds.has_ended() {
            let last = *announced.borrow_and_update();
            if self.feeds.is_behind(last) || self.reading.store().failure().is_some() {
                return;
            }
            // Where nobody follows, nothing wakes the hub, and telling it costs the store nothing.
            if self.feeds.len() == 0 {
                self.feeds.arrived.notified().await;
            } else if announced.changed().await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    }
}

/// Carries one round out. Whatever goes wrong, nobody waits for what does not come.
fn work(store: &Store, feeds: &Feeds, round: &Round) -> Outcome {
    let mut under_way = UnderWay { feeds, round, at: round.after };
    while under_way.at < round.to {
        match one_step(store, round, under_way.at) {
            Ok((through, events)) if through > under_way.at => {
                feeds.hand_on(through, events);
                under_way.at = through;
            }
            Ok(_) => break,
            Err(error) => return Err(format!("new events were not handed on: {}", ErrorChain(&error))),
        }
    }
    Ok(())
}

fn one_step(store: &Store, round: &Round, after: u64) -> Result<(u64, ByTenant), StoreError> {
    let wanted = |tenant: TenantNumber| round.tenants.contains(&tenant);
    let followed = store.follow(FollowRequest { after, to: round.to, wanted: &wanted })?;
    let catalog = store.catalog_now();
    let mut by_tenant = ByTenant::new();
    for (record, len) in followed.events {
        if let Some(tenant) = catalog.tenant(record.tenant) {
            let events = by_tenant.entry(record.tenant).or_default();
            events.push((StoredEvent::new(record, &tenant.slug), len));
        }
    }
    Ok((followed.through, by_tenant))
}

/// A round under way. Ends it in every case, also after an error or a panic: who follows is then sent to the ledger.
struct UnderWay<'a> {
    feeds: &'a Feeds,
    round: &'a Round,
    /// Everything up to here was handed on.
    at: u64,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if self.at < self.round.to {
            self.feeds.skip(self.round.to, &self.round.tenants);
        }
        self.feeds.pass(self.round.to);
    }
}
