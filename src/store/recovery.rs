//! Opening: create, recover, refuse.
//!
//! 1. No database and no journal: make the database under a temporary name and rename it into place.
//! 2. Open the database; redb's own quick repair takes milliseconds at any size. Take due migrations.
//! 3. Read the journal; refuse what would lose acknowledged events in silence.
//! 4. Replay the entries behind the head and commit durably *before* anything else: an entry that was never synced may
//!    have been readable, and must not vanish once somebody may have seen it.
//! 5. Begin a new generation of the journal, then mark the database as open with it.
//! 6. Load the index, rebuild memory and the open block.

use crate::domain::ids::Epoch;
use crate::domain::merkle::Frontier;
use crate::platform::clock::Clock;
use crate::platform::disk::Disk;
use crate::platform::entropy::{Entropy, array};
use crate::store::applier::{Writer, commit_durably};
use crate::store::block::open::{OpenBlock, SUBTREE_LEN, block_of, first_seq_of};
use crate::store::database::{self, FILE_NAME, NEW_FILE_NAME, RowTables, begin, commit, meta};
use crate::store::error::{OpenError, StoreError};
use crate::store::head::Head;
use crate::store::index::memory::{Frozen, Memory, Use};
use crate::store::index::runs::Runs;
use crate::store::journal::entry::Entry;
use crate::store::journal::scan::{self, Scan};
use crate::store::journal::segment::StoreId;
use crate::store::journal::writer::{self, Journal};
use crate::store::migrations;
use crate::store::options::{CommitKind, OnLoss, Opening, StoreOptions, Unobserved};
use crate::store::overlay::Overlay;
use crate::store::record::attributes;
use crate::store::record::parts::Parts;
use crate::store::sealing;
use crate::store::tables::{EVENTS, HEAD, META};
use redb::{Database, ReadableDatabase};
use std::sync::Arc;

/// Cache for reading a few rows.
const INSPECTION_CACHE_BYTES: usize = 1 << 20;

/// Entries replayed in one transaction.
const REPLAY_ENTRIES: usize = 256;

/// An opened store before its threads run.
pub(super) struct Recovered {
    pub(super) database: Arc<Database>,
    pub(super) epoch: Epoch,
    pub(super) instance_key: [u8; 32],
    pub(super) writer: Writer,
    pub(super) journal: Journal,
    pub(super) memory: Memory,
    /// Maps that filled up while memory was rebuilt.
    pub(super) frozen: Vec<Arc<Frozen>>,
    pub(super) runs: Runs,
    pub(super) replayed: usize,
    pub(super) loss_accepted: bool,
    /// The disk is an overlay: nothing that is written stays.
    pub(super) read_only: bool,
}

/// Refuses a database that is none of ours, damaged, or of a newer program, and a journal without one. Nothing is
/// written: what opening changes stays in memory. What else may keep a database from being opened is not looked at.
pub(super) fn inspect(disk: Arc<dyn Disk>) -> Result<(), OpenError> {
    let found = database::open_existing(&Overlay::new(disk), INSPECTION_CACHE_BYTES)
        .and_then(|(database, _store)| migrations::find_schema(&database));
    match found {
        Ok(_) | Err(OpenError::Missing | OpenError::Store(_)) => Ok(()),
        Err(refused) => Err(refused),
    }
}

/// Makes a new database, unless there is one.
pub(super) fn create(disk: &dyn Disk, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<(), OpenError> {
    if disk.exists(FILE_NAME)? {
        return Ok(());
    }
    if scan::exists(disk)? {
        return Err(OpenError::JournalWithoutDatabase);
    }
    disk.create(NEW_FILE_NAME)?;
    {
        let database = database::open(disk, NEW_FILE_NAME, 1 << 20)?;
        let transaction = begin(&database, CommitKind::Durable)?;
        meta::put(&transaction, meta::STORE_ID, &array::<16>(entropy))?;
        meta::put(&transaction, meta::INSTANCE_KEY, &array::<32>(entropy))?;
        meta::put(&transaction, meta::EPOCH, &1u32.to_be_bytes())?;
        meta::put(&transaction, meta::CREATED_AT, &clock.now().as_micros().to_be_bytes())?;
        commit(transaction)?;
        migrations::migrate(&database, clock.now(), &Unobserved)?;
    }
    disk.rename(NEW_FILE_NAME, FILE_NAME)?;
    Ok(disk.sync_directory()?)
}

/// Opens a database that is there, recovering what the journal holds.
pub(super) fn recover(
    disk: &dyn Disk,
    options: &StoreOptions,
    clock: &dyn Clock,
) -> Result<Recovered, OpenError> {
    let (database, store) = database::open_existing(disk, options.cache_bytes)?;
    let database = Arc::new(database);
    sealing::settle(&database, options.sealing_key)?;
    migrations::migrate(&database, clock.now(), options.observer.as_ref())?;
    let tables = RowTables::settle(&database)?;
    let mut writer = Writer { head: load_head(&database)?, block: OpenBlock::default(), tables };
    rebuild_block(&database, &mut writer)?;
    let opened = meta::find(&database, meta::JOURNAL_OPEN)?.map(u64::from_be_bytes);
    let (scan, loss_accepted) = read_journal(disk, &store, writer.head.last_entry, opened, options.on_loss)?;
    refuse_unknown(&scan, &writer.tables)?;
    let replayed = scan.entries.len();
    report(&scan, loss_accepted);
    if replayed > 0 {
        options.observer.opening(Opening::Replaying(replayed));
    }
    replay(&database, &mut writer, scan.entries)?;
    let mut epoch = Epoch(u32::from_be_bytes(meta::load(&database, meta::EPOCH)?));
    if loss_accepted {
        epoch = begin_epoch(disk, &database, epoch)?;
    }
    if opened.is_some() && !writer::is_prepared(disk, options.journal_segment_bytes)? {
        // Everything is in the database by now. The files are replaced one by one, and a crash in between must not look
        // like a loss.
        meta::mark_journal(&database, None)?;
    }
    writer::prepare(disk, options.journal_segment_bytes)?;
    let generation = scan.generation.max(opened.unwrap_or(0)) + 1;
    let journal = Journal::begin(disk, options.journal_segment_bytes, store, generation)?;
    meta::mark_journal(&database, Some(generation))?;
    options.observer.opening(Opening::LoadingIndex);
    let runs = Runs::load(&database)?;
    let (memory, frozen) = rebuild_memory(&database, &runs, writer.head.last_seq())?;
    let instance_key = meta::load(&database, meta::INSTANCE_KEY)?;
    Ok(Recovered {
        database,
        epoch,
        instance_key,
        writer,
        journal,
        memory,
        frozen,
        runs,
        replayed,
        loss_accepted,
        read_only: false,
    })
}

/// Says what was found after a crash.
fn report(scan: &Scan, loss_accepted: bool) {
    let count = scan.entries.len();
    if loss_accepted {
        tracing::warn!(
            count,
            "Acknowledged events were given up: {count} journal entries are left, a new epoch begins"
        );
    } else if count > 0 {
        tracing::info!(count, "Replaying {count} journal entries after a crash");
    }
    if scan.torn {
        tracing::warn!(
            "The newest journal entry is not whole and is left out: a crash cuts it off before any answer"
        );
    }
}

fn read_journal(
    disk: &dyn Disk,
    store: &StoreId,
    last_applied: u64,
    opened: Option<u64>,
    on_loss: OnLoss,
) -> Result<(Scan, bool), OpenError> {
    let scanned = scan::scan(disk, store, last_applied, opened).and_then(|scan| match scan.missing {
        // What cannot be read is not lost.
        Some(entry) if scan.unknown.is_none() => Err(OpenError::JournalCorrupt(entry)),
        _ => Ok(scan),
    });
    match scanned {
        Err(loss) if loss.is_loss() && on_loss == OnLoss::Accept => {
            Ok((scan::salvage(disk, store, last_applied)?, true))
        }
        scanned => Ok((scanned?, false)),
    }
}

/// Refuses a journal with an entry that was acknowledged and that this program cannot carry out.
fn refuse_unknown(scan: &Scan, tables: &RowTables) -> Result<(), OpenError> {
    let is_unknown = |entry: &&Entry| entry.rows.iter().any(|row| tables.name(row.table).is_none());
    let of_unknown_table = scan.entries.iter().find(is_unknown).map(|entry| entry.number);
    match scan.unknown.into_iter().chain(of_unknown_table).min() {
        Some(entry) => Err(OpenError::JournalUnknown(entry)),
        None => Ok(()),
    }
}

fn replay(database: &Database, writer: &mut Writer, entries: Vec<Entry>) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let entries: Vec<_> = entries.into_iter().map(Arc::new).collect();
    for chunk in entries.chunks(REPLAY_ENTRIES) {
        writer.apply(database, chunk, &[])?;
    }
    commit_durably(database)
}

/// Begins a new epoch after a loss: what the journal still holds may contradict it and goes.
fn begin_epoch(disk: &dyn Disk, database: &Database, epoch: Epoch) -> Result<Epoch, StoreError> {
    let next = Epoch(epoch.0 + 1);
    let transaction = begin(database, CommitKind::Durable)?;
    meta::put(&transaction, meta::EPOCH, &next.0.to_be_bytes())?;
    drop(transaction.open_table(META)?.remove(meta::JOURNAL_OPEN)?);
    commit(transaction)?;
    writer::remove(disk)?;
    Ok(next)
}

pub(super) fn load_head(database: &Database) -> Result<Head, StoreError> {
    let table = database.begin_read()?.open_table(HEAD)?;
    let row = table.get(())?.ok_or_else(|| StoreError::corrupt("the row", "head"))?;
    Head::from_bytes(row.value())
}

/// Reads the events behind the last closed block again.
fn rebuild_block(database: &Database, writer: &mut Writer) -> Result<(), StoreError> {
    let last = writer.head.last_seq();
    let first = first_seq_of(block_of(last + 1));
    let events = database.begin_read()?.open_table(EVENTS)?;
    let mut subtree = Frontier::default();
    for row in events.range(first..=last)? {
        let (seq, record) = row?;
        let parts = Parts::parse(seq.value(), record.value())?;
        writer.block.push(&parts);
        subtree.push(parts.leaf().hash());
        if subtree.size() == SUBTREE_LEN {
            writer.block.push_subtree(std::mem::take(&mut subtree).root());
        }
    }
    Ok(())
}

/// Reads the keys of the events behind the newest run.
fn rebuild_memory(
    database: &Database,
    runs: &Runs,
    last: u64,
) -> Result<(Memory, Vec<Arc<Frozen>>), StoreError> {
    let (mut memory, mut frozen) = (Memory::default(), Vec::new());
    let events = database.begin_read()?.open_table(EVENTS)?;
    for row in events.range(runs.covered_seq() + 1..=last)? {
        let (seq, record) = row?;
        let seq = seq.value();
        let parts = Parts::parse(seq, record.value())?;
        if let Some(key) = attributes::key_hash(parts.attributes) {
            let last = Use { seq, at: parts.leaf().received_at, fingerprint: None };
            frozen.extend(memory.insert(key, last));
        }
    }
    Ok((memory, frozen))
}
