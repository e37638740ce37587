//! Starts the threads of a recovered store.

use crate::domain::believed_time::BelievedTime;
use crate::platform::believed_clock::BelievedClock;
use crate::platform::clock::Clock;
use crate::platform::disk::Disk;
use crate::platform::entropy::Entropy;
use crate::store::applier::Applier;
use crate::store::catalog::Catalog;
use crate::store::error::{ErrorChain, StoreError};
use crate::store::index::builder::{Builder, FROZEN_MAX};
use crate::store::journal::entry::Entry;
use crate::store::options::StoreOptions;
use crate::store::recovery::Recovered;
use crate::store::reserve::Reserve;
use crate::store::rows::json::KEPT_CLOCK;
use crate::store::rows::load;
use crate::store::sequencer::decide::Keys;
use crate::store::sequencer::queue::Queue;
use crate::store::sequencer::thread::Sequencer;
use crate::store::shared::Shared;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, RwLock, mpsc};
use std::thread::{Builder as ThreadBuilder, JoinHandle};

/// Threads under way.
type Threads = Vec<JoinHandle<()>>;

/// Starts applier, sequencer and index helper; a store that only reads needs no helper.
pub(super) fn launch(
    disk: &Arc<dyn Disk>,
    options: StoreOptions,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    recovered: Recovered,
) -> Result<(Arc<Shared>, Arc<Queue>, Threads), StoreError> {
    let Recovered { database, epoch, writer, journal, memory, frozen, runs, read_only, .. } = recovered;
    let catalog = Catalog::load(&database)?;
    let head = writer.head.clone();
    let queue = Arc::new(Queue::new(options.queue_events_max, options.queue_bytes_max));
    let reserve = Reserve::new(options.reserve_bytes);
    let retention_max = options.key_retention_max;
    let kept = load::find(&database, &KEPT_CLOCK)?;
    let clock = Arc::new(BelievedClock::new(clock, BelievedTime::new(head.last_received_at, kept)));
    let present = clock.present();
    let position = (head.last_entry, head.last_seq(), &writer.block);
    let shared = Arc::new(Shared::new(Arc::clone(&database), options, epoch, catalog, clock, position));
    let runs = Arc::new(RwLock::new(runs));
    let (frozen_sender, frozen_receiver) = mpsc::sync_channel(FROZEN_MAX + frozen.len());
    for full in frozen {
        let _ = frozen_sender.send(full);
    }
    let sequencer = Sequencer {
        shared: Arc::clone(&shared),
        queue: Arc::clone(&queue),
        entropy,
        journal,
        reserve,
        keys: Keys { database: Arc::clone(&database), memory, runs: Arc::clone(&runs) },
        frozen: frozen_sender,
        full: Vec::new(),
        present,
        entry: Entry { number: head.last_entry + 1, first_seq: head.last_seq() + 1, ..Entry::default() },
    };
    let write_shared = Arc::clone(&shared);
    let write = move |rows| write_shared.write_index_rows(rows).map_err(|_ended| StoreError::Stopped);
    let builder =
        Builder { database, runs, retention_max, clock: Arc::clone(&shared.clock), write: Box::new(write) };
    let applier = Applier::new(Arc::clone(&shared), writer);
    let disk = Arc::clone(disk);
    let mut threads = vec![
        spawn(&shared, &queue, "applier", move || applier.run())?,
        spawn(&shared, &queue, "sequencer", move || sequencer.run(disk.as_ref()))?,
    ];
    if !read_only {
        threads.push(spawn(&shared, &queue, "index", move || builder.run(&frozen_receiver))?);
    }
    Ok((shared, queue, threads))
}

/// Runs a thread; its failure or panic is the store's.
fn spawn(
    shared: &Arc<Shared>,
    queue: &Arc<Queue>,
    name: &'static str,
    run: impl FnOnce() -> Result<(), StoreError> + Send + 'static,
) -> Result<JoinHandle<()>, StoreError> {
    let (shared, queue) = (Arc::clone(shared), Arc::clone(queue));
    Ok(ThreadBuilder::new().name(name.to_owned()).spawn(move || {
        let reason = match std::panic::catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(()) | Err(StoreError::Stopped)) => return,
            Ok(Err(error)) => format!("the {name} failed: {}", ErrorChain(&error)),
            Err(_) => format!("the {name} panicked"),
        };
        // Nobody may wait for a thread that is gone.
        queue.abandon();
        shared.fail(reason);
    })?)
}
