//! State that the threads and the handles share.

use crate::domain::ids::Epoch;
use crate::platform::believed_clock::BelievedClock;
use crate::platform::locks::lock;
use crate::store::block::open::OpenBlock;
use crate::store::catalog::Catalog;
use crate::store::index::run::IndexRow;
use crate::store::journal::entry::Entry;
use crate::store::options::{Observer, StoreOptions};
use crate::store::requests::Requests;
use crate::store::view::View;
use arc_swap::ArcSwap;
use redb::Database;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// State that the threads and the handles share.
pub(super) struct Shared {
    pub(super) database: Arc<Database>,
    pub(super) options: StoreOptions,
    pub(super) epoch: Epoch,
    pub(super) catalog: ArcSwap<Catalog>,
    pub(super) requests: Requests,
    view: ArcSwap<View>,
    /// Number of the last acknowledged event, told once a batch; nobody waiting costs next to nothing.
    last_seq: watch::Sender<u64>,
    /// Sequencer and applier both derive the next view from the present one; readers never take it.
    view_update: Mutex<()>,
    /// The applier's work; taken for moments, by the applier, the sequencer and whoever asks for a flush.
    work: Mutex<Work>,
    work_added: Condvar,
    progress: Mutex<Progress>,
    progress_made: Condvar,
    pub(super) below_reserve: AtomicBool,
    /// Gives events their times, and tells how old those of before are.
    pub(super) clock: Arc<BelievedClock>,
    failure: OnceLock<String>,
}

/// What waits for the applier.
#[derive(Default)]
pub(super) struct Work {
    pub(super) entries: VecDeque<Arc<Entry>>,
    pub(super) index_rows: VecDeque<(u64, Vec<IndexRow>)>,
    index_tickets: u64,
    /// Somebody waits for entries to be applied.
    pub(super) hurry: bool,
    /// Somebody waits for a durable commit.
    pub(super) flush: bool,
    pub(super) stop: bool,
    pause: Pause,
}

/// What the applier sleeps for. Waking it for every entry while it waits for more would cost more than the entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pause {
    /// It works.
    #[default]
    Awake,
    /// It waits for anything.
    Idle,
    /// It has entries and waits for more, or for somebody in a hurry.
    Lingering,
}

/// How far the applier has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// Last entry in the database.
    pub(super) applied: u64,
    /// Last entry durable in the database.
    pub(super) durable: u64,
    /// Last portion of index rows in the database.
    pub(super) index_ticket: u64,
    /// The applier has ended.
    pub(super) ended: bool,
}

/// The store has failed or ended while something waited.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended;

impl Shared {
    pub(super) fn new(
        database: Arc<Database>,
        options: StoreOptions,
        epoch: Epoch,
        catalog: Catalog,
        clock: Arc<BelievedClock>,
        (applied, seq, block): (u64, u64, &OpenBlock),
    ) -> Self {
        let view = View::default().with_applied(applied, seq, block.tenants());
        Self {
            database,
            options,
            epoch,
            catalog: ArcSwap::from_pointee(catalog),
            requests: Requests::default(),
            last_seq: watch::Sender::new(view.last_seq()),
            view: ArcSwap::from_pointee(view),
            view_update: Mutex::new(()),
            work: Mutex::default(),
            work_added: Condvar::new(),
            progress: Mutex::new(Progress { applied, durable: applied, ..Progress::default() }),
            progress_made: Condvar::new(),
            below_reserve: AtomicBool::new(false),
            clock,
            failure: OnceLock::new(),
        }
    }

    pub(super) fn observer(&self) -> &dyn Observer {
        self.options.observer.as_ref()
    }

    /// Returns what readers see now.
    pub(super) fn view(&self) -> Arc<View> {
        self.view.load_full()
    }

    /// Replaces the view by one made from the present.
    pub(super) fn update_view(&self, next: impl FnOnce(&View) -> View) {
        let _held = lock(&self.view_update);
        let next = next(&self.view.load());
        self.view.store(Arc::new(next));
    }

    /// Tells who follows the ledger that the view has events up to this one.
    pub(super) fn announce(&self, last_seq: u64) {
        self.last_seq.send_if_modified(|told| std::mem::replace(told, last_seq) != last_seq);
    }

    /// Returns what learns of new events, and of the store's failure.
    pub(super) fn announcements(&self) -> watch::Receiver<u64> {
        self.last_seq.subscribe()
    }

    /// Adds to the applier's work; wakes it if that is what it sleeps for.
    pub(super) fn add_work(&self, add: impl FnOnce(&mut Work)) {
        let mut work = lock(&self.work);
        add(&mut work);
        let wake = match work.pause {
            Pause::Awake => false,
            Pause::Idle => true,
            Pause::Lingering => work.is_urgent(),
        };
        drop(work);
        if wake {
            self.work_added.notify_one();
        }
    }

    /// Waits for work at most so long and takes all of it. Entries alone wait up to `linger` for more, because larger
    /// applies cost less an event.
    pub(super) fn take_work(&self, at_most: Duration, linger: Duration) -> Work {
        let mut work = lock(&self.work);
        work.pause = Pause::Idle;
        let idle = |work: &mut Work| work.is_idle();
        let waited = self.work_added.wait_timeout_while(work, at_most, idle);
        let (mut work, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if !work.is_urgent() && !work.entries.is_empty() && !linger.is_zero() {
            work.pause = Pause::Lingering;
            let patient = |work: &mut Work| !work.is_urgent();
            let waited = self.work_added.wait_timeout_while(work, linger, patient);
            work = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        // What is left behind is empty and awake.
        let taken = std::mem::take(&mut *work);
        work.index_tickets = taken.index_tickets;
        work.stop = taken.stop;
        taken
    }

    /// Has the applier write index rows; waits until they are in the database.
    pub(super) fn write_index_rows(&self, rows: Vec<IndexRow>) -> Result<(), Ended> {
        let mut ticket = 0;
        self.add_work(|work| {
            work.index_tickets += 1;
            ticket = work.index_tickets;
            work.index_rows.push_back((ticket, rows));
        });
        self.wait_until(|progress| progress.index_ticket >= ticket)
    }

    /// Waits until the entry is in the database.
    pub(super) fn wait_applied(&self, entry: u64) -> Result<(), Ended> {
        self.add_work(|work| work.hurry = true);
        self.wait_until(|progress| progress.applied >= entry)
    }

    /// Waits until the entry is durable in the database.
    pub(super) fn wait_durable(&self, entry: u64) -> Result<(), Ended> {
        if lock(&self.progress).durable >= entry {
            return Ok(());
        }
        self.add_work(|work| work.flush = true);
        self.wait_until(|progress| progress.durable >= entry)
    }

    /// Returns how far the applier has come.
    pub(super) fn progress(&self) -> Progress {
        *lock(&self.progress)
    }

    /// Records how far the applier has come and wakes who waits for it.
    pub(super) fn advance(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut lock(&self.progress));
        self.progress_made.notify_all();
    }

    fn wait_until(&self, reached: impl Fn(&Progress) -> bool) -> Result<(), Ended> {
        let progress = lock(&self.progress);
        let waiting = |progress: &mut Progress| !reached(progress) && !progress.ended;
        let progress =
            self.progress_made.wait_while(progress, waiting).unwrap_or_else(PoisonError::into_inner);
        if reached(&progress) { Ok(()) } else { Err(Ended) }
    }

    /// Records that the store can't go on, tells the observer once and wakes everybody.
    pub(super) fn fail(&self, reason: String) {
        if self.failure.set(reason).is_ok() {
            self.below_reserve.store(false, Ordering::Relaxed);
            self.observer().failed(self.failure().unwrap_or_default());
        }
        self.advance(|progress| progress.ended = true);
        self.add_work(|work| work.stop = true);
        self.last_seq.send_modify(|_same| ());
    }

    /// Returns why the store can't go on, if so.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }
}

impl Work {
    fn is_idle(&self) -> bool {
        self.entries.is_empty() && !self.is_urgent()
    }

    fn is_urgent(&self) -> bool {
        self.hurry || self.flush || self.stop || !self.index_rows.is_empty()
    }
}
