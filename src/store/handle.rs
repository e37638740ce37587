//! The handle everything above uses.

use crate::crypto::mac::MacKey;
use crate::crypto::seal::KeyId;
use crate::domain::idempotency::KeyHash;
use crate::domain::ids::{Epoch, TenantNumber};
use crate::domain::leaf::Leaf;
use crate::platform::clock::Clock;
use crate::platform::disk::Disk;
use crate::platform::entropy::Entropy;
use crate::platform::locks::lock;
use crate::store::catalog::Catalog;
use crate::store::database::{FILE_NAME, meta};
use crate::store::effects::Effects;
use crate::store::error::{ErrorChain, OpenError, StoreError};
use crate::store::head::Head;
use crate::store::journal::entry::entry_room;
use crate::store::launch::launch;
use crate::store::migrations::{self, MigrationStatus};
use crate::store::options::StoreOptions;
use crate::store::overlay::Overlay;
use crate::store::read::follow::{FollowRequest, Followed, follow, may_concern};
use crate::store::read::reader::{Reader, StoredRecord};
use crate::store::read::scan::{ScanRequest, ScanResult, scan};
use crate::store::record::draft::Draft;
use crate::store::recovery::{self, Recovered};
use crate::store::reserve;
use crate::store::sealing;
use crate::store::sequencer::queue::{Decision, Item, Queue, QueueError, Repeats};
use crate::store::shared::Shared;
use crate::store::verify::{self, Verification};
use arc_swap::Guard;
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tokio::sync::{oneshot, watch};

/// The open store. Cheap to clone; the threads end with [`Store::close`].
#[derive(Clone)]
pub struct Store {
    pub(super) shared: Arc<Shared>,
    queue: Arc<Queue>,
    pub(super) disk: Arc<dyn Disk>,
    instance_key: MacKey,
    replayed: usize,
    loss_accepted: bool,
    read_only: bool,
    /// Taken once, by `close`.
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("epoch", &self.shared.epoch).finish_non_exhaustive()
    }
}

/// The store has stopped, or what waits for it is too much.
pub type Refused = QueueError;

/// Resolves when the decisions on several events are durable, and fails when the store stops before.
pub type Decisions = oneshot::Receiver<Vec<Decision>>;

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError<E> {
    /// The command decided against itself; nothing has changed.
    #[error(transparent)]
    Refused(E),
    /// The request was carried out before: the path of what it made, empty if it made nothing that has one.
    #[error("the request was carried out before")]
    Repeated(String),
    /// The request's idempotency key came with another request before.
    #[error("the idempotency key was used for another request; hint: send a new key with a new request")]
    KeyReused,
    /// The request is being carried out.
    #[error("the request is being carried out; hint: send it again in a few seconds")]
    InProgress,
    /// No more requests can be remembered, because all that are were sent within the last day.
    #[error("too many requests with an idempotency key were sent within the last day; hint: try again later")]
    TooManyRequests,
    /// The store has stopped, or too much waits; whether the command was carried out is not known.
    #[error(transparent)]
    Queue(QueueError),
}

impl Store {
    /// Refuses a disk whose database this program must not touch; nothing is written. For while it is not open.
    pub fn inspect(disk: Arc<dyn Disk>) -> Result<(), OpenError> {
        recovery::inspect(disk)
    }

    /// Makes the database if there is neither it nor a journal.
    pub fn create(disk: &dyn Disk, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<(), OpenError> {
        recovery::create(disk, clock, entropy)
    }

    /// Returns the id of the key that the secrets of a database, which must be there, are sealed with; none if it
    /// was never opened with one. For while the store is not open.
    pub fn find_sealing_key(disk: &dyn Disk) -> Result<Option<KeyId>, OpenError> {
        sealing::find(disk)
    }

    /// Opens the store, recovering what the journal holds, and starts its threads. When even recovery lacks space, the
    /// ballast is given up and recovery tried again; without space even then the store opens for reading only, on an
    /// overlay in memory, and the real files stay as they are.
    pub fn open(
        disk: Arc<dyn Disk>,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let recover = |disk: &dyn Disk| recovery::recover(disk, &options, clock.as_ref());
        let recovered = match recover(disk.as_ref()) {
            Err(full) if full.is_storage_full() && reserve::drop_ballast(disk.as_ref()).unwrap_or(false) => {
                tracing::warn!("The disk is full: the ballast was given up for recovery");
                recover(disk.as_ref())
            }
            recovered => recovered,
        };
        let recovered = match recovered {
            Err(full) if full.is_storage_full() => {
                let overlay: Arc<dyn Disk> = Arc::new(Overlay::new(Arc::clone(&disk)));
                let recovered = Recovered { read_only: true, ..recover(overlay.as_ref())? };
                return Self::start(overlay, options, clock, entropy, recovered);
            }
            recovered => recovered?,
        };
        reserve::lay_ballast(disk.as_ref(), options.ballast_bytes, options.reserve_bytes)?;
        Self::start(disk, options, clock, entropy, recovered)
    }

    fn start(
        disk: Arc<dyn Disk>,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        recovered: Recovered,
    ) -> Result<Self, OpenError> {
        let instance_key = MacKey::new(&recovered.instance_key);
        let Recovered { replayed, loss_accepted, read_only, .. } = recovered;
        let (shared, queue, threads) = launch(&disk, options, clock, entropy, recovered)?;
        let threads = Arc::new(Mutex::new(threads));
        Ok(Self { shared, queue, disk, instance_key, replayed, loss_accepted, read_only, threads })
    }

    /// Hands an event in; the future resolves when the decision is durable, and fails when the store stops before.
    pub fn append(&self, draft: Draft) -> Result<oneshot::Receiver<Decision>, Refused> {
        let (reply, answer) = oneshot::channel();
        if self.read_only {
            let _ = reply.send(Decision::BelowReserve);
            return Ok(answer);
        }
        self.push(Item::One(draft, reply))?;
        Ok(answer)
    }

    /// Hands several events in, each decided for itself; the decisions come in the events' order. Refused as full they
    /// are given back, for another try.
    pub fn append_many(&self, drafts: Vec<Draft>) -> Result<Decisions, (Refused, Vec<Draft>)> {
        self.append_all(drafts, Item::Many)
    }

    /// The same for events that are stored all together in one journal entry or not at all.
    pub fn append_together(
        &self,
        drafts: Vec<Draft>,
        repeats: Repeats,
    ) -> Result<Decisions, (Refused, Vec<Draft>)> {
        self.append_all(drafts, |drafts, reply| Item::Together(drafts, repeats, reply))
    }

    fn append_all(
        &self,
        drafts: Vec<Draft>,
        item: impl FnOnce(Vec<Draft>, oneshot::Sender<Vec<Decision>>) -> Item,
    ) -> Result<Decisions, (Refused, Vec<Draft>)> {
        let (reply, answer) = oneshot::channel();
        if self.read_only {
            let _ = reply.send(vec![Decision::BelowReserve; drafts.len()]);
            return Ok(answer);
        }
        let Err((error, rejected)) = self.queue.push(item(drafts, reply)) else { return Ok(answer) };
        match *rejected {
            Item::Many(drafts, _) | Item::Together(drafts, _, _) => Err((error, drafts)),
            _ => Err((error, Vec::new())),
        }
    }

    pub(super) fn push(&self, item: Item) -> Result<(), Refused> {
        self.queue.push(item).map_err(|(error, _)| error)
    }

    /// Returns the most bytes that events stored together may take, as [`Draft::stored_len`] counts them.
    pub fn together_bytes_max(&self) -> usize {
        entry_room(self.shared.options.journal_segment_bytes)
    }

    /// Writes rows and events of the appliance without waiting.
    pub fn put(&self, effects: Effects) -> Result<(), Refused> {
        self.writable()?;
        self.push(Item::Effects(effects))
    }

    /// Finds the event that used a key last.
    pub async fn find_key(&self, key: KeyHash) -> Result<Option<u64>, Refused> {
        let (reply, answer) = oneshot::channel();
        self.push(Item::FindKey(key, reply))?;
        answer.await.map_err(|_closed| QueueError::Closed)
    }

    /// Returns tenants, tokens and operators as they are now.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.shared.catalog.load_full()
    }

    /// Lends tenants, tokens and operators as they are now, for a moment.
    pub fn catalog_now(&self) -> Guard<Arc<Catalog>> {
        self.shared.catalog.load()
    }

    /// Returns the key of this instance: hashes of keys and automatic keys are made under it.
    pub fn instance_key(&self) -> &MacKey {
        &self.instance_key
    }

    /// Returns the ledger's epoch.
    pub fn epoch(&self) -> Epoch {
        self.shared.epoch
    }

    /// Returns the sequence number of the last acknowledged event, 0 before the first.
    pub fn last_seq(&self) -> u64 {
        self.shared.view().last_seq()
    }

    /// Reads one event. Blocks on disk.
    pub fn find(&self, seq: u64) -> Result<Option<StoredRecord>, StoreError> {
        self.read(|shared| Reader::open(shared)?.find(seq))
    }

    /// Reads one event if it is the tenant's. Blocks on disk.
    pub fn find_of(&self, tenant: TenantNumber, seq: u64) -> Result<Option<StoredRecord>, StoreError> {
        self.alive()?;
        Reader::open(&self.shared)?.find_of(tenant, seq)
    }

    /// Reads the leaf of one event if it is the tenant's. Blocks on disk.
    pub fn find_leaf_of(&self, tenant: TenantNumber, seq: u64) -> Result<Option<Leaf>, StoreError> {
        self.read(|shared| Reader::open(shared)?.leaf_of(tenant, seq))
    }

    /// Walks a tenant's events. Blocks on disk.
    pub fn scan(&self, request: ScanRequest<'_>) -> Result<ScanResult, StoreError> {
        self.read(|shared| scan(shared, request))
    }

    /// Returns what tells the sequence number of the last acknowledged event each time there are more, and wakes when
    /// the store fails.
    pub fn announcements(&self) -> watch::Receiver<u64> {
        self.shared.announcements()
    }

    /// Reads the events that came behind a place, of all wanted tenants at once. Blocks on disk, but seldom: what came
    /// a moment ago is in memory.
    pub fn follow(&self, request: FollowRequest<'_>) -> Result<Followed, StoreError> {
        self.read(|shared| follow(shared, request))
    }

    /// Tells whether [`Self::follow`] may find anything. Never blocks, and never wrong when it says no.
    pub fn may_concern(&self, request: FollowRequest<'_>) -> bool {
        may_concern(&self.shared, request)
    }

    /// Recomputes the ledger from its records. Blocks on disk for long.
    pub fn verify(&self, progress: impl FnMut(u64, u64)) -> Result<Verification, StoreError> {
        self.read(|shared| verify::verify(&shared.database, progress))
    }

    /// Reads the head row: what is in the database by now.
    pub fn head(&self) -> Result<Head, StoreError> {
        self.read(|shared| recovery::load_head(&shared.database))
    }

    /// Returns migrations done and due.
    pub fn migrations(&self) -> Result<Vec<MigrationStatus>, StoreError> {
        self.read(|shared| migrations::status(&shared.database))
    }

    /// Returns how many entries the journal held when the store was opened.
    pub fn replayed(&self) -> usize {
        self.replayed
    }

    /// Tells whether a loss of the journal was accepted when the store was opened.
    pub fn loss_accepted(&self) -> bool {
        self.loss_accepted
    }

    /// Tells whether intake is refused because the disk is below its reserve.
    pub fn is_below_reserve(&self) -> bool {
        self.read_only || self.shared.below_reserve.load(Ordering::Relaxed)
    }

    /// Tells whether the disk had no space even for recovery: everything can be read, nothing is taken in, and the real
    /// files stay as they are.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Returns why the store can't go on, if so.
    pub fn failure(&self) -> Option<&str> {
        self.shared.failure()
    }

    /// Returns the free bytes of the disk.
    pub fn free_bytes(&self) -> std::io::Result<u64> {
        self.disk.free_bytes()
    }

    /// Returns the length of the database file in bytes.
    pub fn database_bytes(&self) -> std::io::Result<u64> {
        self.disk.open(FILE_NAME)?.len()
    }

    /// Makes everything acknowledged so far durable in the database. Blocks.
    pub fn flush(&self) -> Result<(), StoreError> {
        let last = self.shared.view().tail.last().map(|entry| entry.number);
        let entry = last.unwrap_or_else(|| self.shared.view().applied_entry);
        self.shared.wait_applied(entry).map_err(|_ended| StoreError::Stopped)?;
        self.shared.wait_durable(entry).map_err(|_ended| StoreError::Stopped)
    }

    /// Carries out what waits, makes everything durable and ends the threads. Blocks.
    pub fn close(&self) -> Result<(), StoreError> {
        self.queue.close();
        let threads = std::mem::take(&mut *lock(&self.threads));
        if threads.is_empty() {
            return self.alive();
        }
        for thread in threads {
            // A panic has been recorded by the thread itself.
            let _ = thread.join();
        }
        self.alive()?;
        meta::mark_journal(&self.shared.database, None)
    }

    pub(super) fn writable(&self) -> Result<(), Refused> {
        if self.read_only { Err(QueueError::ReadOnly) } else { Ok(()) }
    }

    /// Reads from the database. After an I/O error redb answers nothing more, so the store ends for readers as well.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Shared) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.alive()?;
        let outcome = read(&self.shared);
        if let Err(error) = &outcome
            && error.is_io()
        {
            self.queue.abandon();
            self.shared.fail(format!("reading the database failed: {}", ErrorChain(error)));
        }
        outcome
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.failure().is_some() { Err(StoreError::Stopped) } else { Ok(()) }
    }
}
