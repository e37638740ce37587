//! Carrying out commands, those of a request only once, however often it is sent.
//!
//! What a request made and the row that remembers it go into one journal entry, so after a crash both are there or
//! neither. A request that acts outside the database is first written as in progress, then completed or abandoned.

use crate::domain::request::{
    EarlierRequest, FORGOTTEN_MAX, IdempotentRequest, RememberedRequest, RequestState,
};
use crate::domain::time::Timestamp;
use crate::platform::locks::lock;
use crate::store::catalog::Catalog;
use crate::store::effects::{Effects, RowChange};
use crate::store::error::StoreError;
use crate::store::handle::{CommandError, Refused, Store};
use crate::store::requests::{Old, oldest};
use crate::store::rows::load;
use crate::store::sequencer::queue::{Decide, Item, QueueError};
use crate::store::shared::Shared;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use tokio::sync::oneshot;

/// What a command decided, or why it is not carried out.
pub(super) type Decided<T, E> = Result<(Effects, T), CommandError<E>>;

impl Store {
    /// Carries out a command. `decide` runs on the sequencer's thread against everything acknowledged so far; its
    /// effects are one journal entry. Answered when readers and the catalog show them.
    pub async fn execute<T: Send + 'static, E: Send + 'static>(
        &self,
        decide: impl FnOnce(&Catalog, Timestamp) -> Result<(Effects, T), E> + Send + 'static,
    ) -> Result<T, CommandError<E>> {
        self.command(move |catalog, now| Ok(decide(catalog, now).map_err(CommandError::Refused))).await
    }

    /// Carries out a command whose decision may have to read the database.
    pub(super) async fn command<T: Send + 'static, E: Send + 'static>(
        &self,
        decide: impl FnOnce(&Catalog, Timestamp) -> Result<Decided<T, E>, StoreError> + Send + 'static,
    ) -> Result<T, CommandError<E>> {
        let outcome = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&outcome);
        let decide = Box::new(move |catalog: &Catalog, now: Timestamp| {
            let (effects, result) = match decide(catalog, now)? {
                Ok((effects, value)) => (Some(effects), Ok(value)),
                Err(refusal) => (None, Err(refusal)),
            };
            *lock(&slot) = Some(result);
            Ok(effects)
        });
        let answer = self.push_command(decide).map_err(CommandError::Queue)?;
        answer.await.map_err(|_closed| CommandError::Queue(QueueError::Closed))?;
        lock(&outcome).take().expect("an answered command has left its result")
    }

    pub(super) fn push_command(&self, decide: Decide) -> Result<oneshot::Receiver<()>, Refused> {
        self.writable()?;
        let (reply, answer) = oneshot::channel();
        self.push(Item::Command(decide, reply))?;
        Ok(answer)
    }

    /// Carries out a command as [`Store::execute`] does, but only once for a request with an idempotency key: a repeat
    /// is told the path that [`Effects::made`] named the first time. A refusal remembers nothing.
    pub async fn execute_once<T: Send + 'static, E: Send + 'static>(
        &self,
        request: Option<IdempotentRequest>,
        decide: impl FnOnce(&Catalog, Timestamp) -> Result<(Effects, T), E> + Send + 'static,
    ) -> Result<T, CommandError<E>> {
        let Some(request) = request else { return self.execute(decide).await };
        let shared = Arc::clone(&self.shared);
        let decide = move |catalog: &Catalog, now| {
            let room = match admit(&shared, &request)? {
                Ok(room) => room,
                Err(refused) => return Ok(Err(refused)),
            };
            let decided = decide(catalog, now).map_err(CommandError::Refused);
            Ok(decided.map(|(effects, value)| (done(effects, room, request), value)))
        };
        self.command(decide).await
    }

    /// Remembers, durably, that a request is in progress, before it acts outside the database. It stays so until
    /// [`Effects::complete`] or [`Store::abandon_request`], at most as long as this process runs.
    pub async fn begin_request<E: Send + 'static>(
        &self,
        request: IdempotentRequest,
    ) -> Result<(), CommandError<E>> {
        let shared = Arc::clone(&self.shared);
        let decide = move |_: &Catalog, now| {
            Ok(admit(&shared, &request)?.map(|room| {
                shared.requests.begin(request.key);
                let row = request.remembered(RequestState::InProgress, String::new(), now);
                (with_rows(Effects::default().put(&row), room), ())
            }))
        };
        self.command(decide).await
    }

    /// Forgets a request in progress whose act has failed: it may be sent again at once. Does not wait.
    pub fn abandon_request(&self, request: &IdempotentRequest) {
        let (shared, key) = (Arc::clone(&self.shared), request.key);
        shared.requests.end(key);
        let decide = move |_: &Catalog, _| {
            let row = load::find::<RememberedRequest>(&shared.database, &&key.0)?;
            // It may have been begun again meanwhile.
            let left = row.filter(|row| row.state == RequestState::InProgress);
            let left = left.filter(|row| !shared.requests.is_under_way(row.key));
            Ok(left.map(|row| Effects::default().delete::<RememberedRequest>(&row.key.0)))
        };
        if let Err(error) = self.push_command(Box::new(decide)) {
            // The row counts for nothing and goes with its age.
            tracing::debug!(error = %error, "The row of an abandoned request stays");
        }
    }

    /// Writes rows and events of the appliance without waiting, only once for a request with an idempotency key.
    /// Nobody learns of a repeat; ask [`Store::find_request`] before. When no more requests can be remembered, the
    /// effects are written all the same.
    pub fn put_once(
        &self,
        request: Option<IdempotentRequest>,
        effects: Effects,
        location: String,
    ) -> Result<(), Refused> {
        let Some(request) = request else { return self.put(effects) };
        let shared = Arc::clone(&self.shared);
        let decide = move |_: &Catalog, _now| {
            Ok(match admit::<Infallible>(&shared, &request)? {
                Ok(room) => Some(done(effects.made(location), room, request)),
                Err(CommandError::TooManyRequests) => Some(effects),
                Err(_before) => None,
            })
        };
        self.push_command(Box::new(decide)).map(drop)
    }

    /// Tells what is known of a request that was sent before: what [`Store::execute_once`] would find now. Blocks on
    /// disk.
    pub fn find_request(&self, request: &IdempotentRequest) -> Result<Option<EarlierRequest>, StoreError> {
        self.read(|shared| shared.requests.find(&shared.database, request))
    }

    /// Forgets the oldest of the requests that were remembered longer ago, up to a thousand; tells whether there may be
    /// more. Forgets nothing while the clock is not believed. Blocks on disk.
    pub fn forget_requests(&self, older_than: Duration) -> Result<bool, StoreError> {
        if self.doubts_clock() {
            return Ok(false);
        }
        let candidates = self.read(|shared| oldest(&shared.database))?;
        let shared = Arc::clone(&self.shared);
        let (told, answer) = mpsc::sync_channel(1);
        let decide = move |_: &Catalog, _now: Timestamp| {
            let mut deletions = Vec::new();
            let present = shared.clock.present();
            let is_old = |at: Timestamp| present.judging(at).duration_since(at) > older_than;
            for old in candidates.iter().filter(|(at, _)| is_old(*at)) {
                if is_unchanged(&shared, old)? {
                    deletions.push(RowChange::delete::<RememberedRequest>(&&old.1.0));
                }
            }
            let _ = told.send(deletions.len() >= FORGOTTEN_MAX);
            Ok((!deletions.is_empty()).then(|| with_rows(Effects::default(), deletions)))
        };
        match self.push_command(Box::new(decide)) {
            Ok(_) => answer.recv().map_err(|_closed| StoreError::Stopped),
            Err(QueueError::Full) => Ok(true),
            Err(QueueError::ReadOnly) => Ok(false),
            Err(QueueError::Closed) => Err(StoreError::Stopped),
        }
    }
}

/// Lets a request be carried out that was not sent before: the deletions that make room for its row.
fn admit<E>(
    shared: &Shared,
    request: &IdempotentRequest,
) -> Result<Result<Vec<RowChange>, CommandError<E>>, StoreError> {
    let refused = match shared.requests.find(&shared.database, request)? {
        Some(EarlierRequest::Done(location)) => CommandError::Repeated(location),
        Some(EarlierRequest::Reused) => CommandError::KeyReused,
        Some(EarlierRequest::InProgress) => CommandError::InProgress,
        None => {
            let believed = (!shared.clock.is_doubted()).then(|| shared.clock.present());
            let room = shared.requests.make_room(&shared.database, request.key, believed)?;
            return Ok(room.ok_or(CommandError::TooManyRequests));
        }
    };
    Ok(Err(refused))
}

/// Returns the effects of a request with the row that remembers it.
fn done(mut effects: Effects, room: Vec<RowChange>, request: IdempotentRequest) -> Effects {
    let location = effects.location.take().unwrap_or_default();
    with_rows(effects.complete(request, location), room)
}

fn with_rows(mut effects: Effects, rows: Vec<RowChange>) -> Effects {
    effects.rows.extend(rows);
    effects
}

/// Tells whether a row is as it was found, and of no request under way.
fn is_unchanged(shared: &Shared, (at, key): &Old) -> Result<bool, StoreError> {
    let row = load::find::<RememberedRequest>(&shared.database, &&key.0)?;
    Ok(row.is_some_and(|row| row.at == *at) && !shared.requests.is_under_way(*key))
}
