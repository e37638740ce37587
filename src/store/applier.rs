//! The thread that writes the database.
//!
//! It takes all entries that wait and writes them in one transaction without syncing; a durable commit follows at half
//! a segment of journal, some seconds after the first entry that is not durable, or when somebody waits for one.

use crate::domain::ids::TenantNumber;
use crate::store::block::open::{ClosedRows, OpenBlock, SUBTREE_LEN, block_of};
use crate::store::database::{RowTables, begin, commit, put_or_remove};
use crate::store::effects::RowChange;
use crate::store::error::StoreError;
use crate::store::head::Head;
use crate::store::index::run::IndexRow;
use crate::store::journal::entry::Entry;
use crate::store::options::CommitKind;
use crate::store::record::parts::{INLINE_PAYLOAD_MAX, Parts, without_payload};
use crate::store::shared::{Shared, Work};
use crate::store::tables::{
    BLOCK_TENANTS, BLOCKS, EVENTS, HEAD, INDEX_FILTERS, INDEX_ROWS, INDEX_RUNS, PAGE_VALUE_MAX, PAYLOADS,
};
use redb::{Database, TableDefinition, WriteTransaction};
use std::ops::Bound;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long entries wait for more when nobody waits for them.
const LINGER: Duration = Duration::from_millis(5);

/// Writes entries into the database; the same for replay and for the running thread.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) head: Head,
    pub(super) block: OpenBlock,
    pub(super) tables: RowTables,
}

impl Writer {
    /// Writes entries in one transaction.
    pub(super) fn apply(
        &mut self,
        database: &Database,
        entries: &[Arc<Entry>],
        index_rows: &[IndexRow],
    ) -> Result<(), StoreError> {
        let transaction = begin(database, CommitKind::Visible)?;
        self.write_events(&transaction, entries)?;
        for row in entries.iter().flat_map(|entry| &entry.rows) {
            self.write_row(&transaction, row)?;
        }
        write_index_rows(&transaction, index_rows)?;
        if let Some(last) = entries.last() {
            self.head.last_entry = last.number;
        }
        transaction.open_table(HEAD)?.insert((), self.head.to_bytes().as_slice())?;
        commit(transaction)
    }

    fn write_events(
        &mut self,
        transaction: &WriteTransaction,
        entries: &[Arc<Entry>],
    ) -> Result<(), StoreError> {
        let mut table = transaction.open_table(EVENTS)?;
        let mut events = table.upper_bound_mut(Bound::<u64>::Unbounded)?;
        let mut payloads = transaction.open_table(PAYLOADS)?;
        let mut closed = Vec::new();
        for entry in entries {
            assert!(
                entry.first_seq == self.head.last_seq() + 1,
                "entry {} begins at event {}, the ledger ends at {}",
                entry.number,
                entry.first_seq,
                self.head.last_seq()
            );
            for record in &entry.records {
                let seq = self.head.last_seq() + 1;
                let parts = Parts::parse(seq, record)?;
                if parts.payload.len() > INLINE_PAYLOAD_MAX {
                    for (part, bytes) in (0u32..).zip(parts.payload.chunks(PAGE_VALUE_MAX)) {
                        payloads.insert((seq, part), bytes)?;
                    }
                    events.insert_before(seq, without_payload(seq, record)?.as_slice())?;
                } else {
                    events.insert_before(seq, record.as_slice())?;
                }
                self.count(&parts);
                if self.block.is_full() {
                    closed.push((block_of(seq), self.block.close()?));
                }
            }
        }
        events.close()?;
        for (block, rows) in closed {
            write_block(transaction, block, rows)?;
        }
        Ok(())
    }

    fn write_row(&self, transaction: &WriteTransaction, row: &RowChange) -> Result<(), StoreError> {
        let name = self.tables.name(row.table).ok_or_else(|| StoreError::corrupt("table", row.table))?;
        let mut table = transaction.open_table(TableDefinition::<&[u8], &[u8]>::new(name))?;
        put_or_remove(&mut table, row.key.as_slice(), row.value.as_deref())
    }

    /// Takes an event into head, tree and open block.
    fn count(&mut self, parts: &Parts<'_>) {
        let leaf = parts.leaf();
        let subtree = self.head.frontier.push_noting(leaf.hash(), SUBTREE_LEN.trailing_zeros());
        self.head.last_received_at = leaf.received_at;
        self.head.payload_bytes += u64::from(leaf.payload_len);
        self.block.push(parts);
        if let Some(root) = subtree {
            self.block.push_subtree(root);
        }
    }
}

fn write_block(transaction: &WriteTransaction, block: u64, rows: ClosedRows) -> Result<(), StoreError> {
    transaction.open_table(BLOCKS)?.insert(block, rows.block.as_slice())?;
    let mut shares = transaction.open_table(BLOCK_TENANTS)?;
    for (TenantNumber(tenant), share) in rows.tenants {
        shares.insert((block, tenant), share.as_slice())?;
    }
    Ok(())
}

fn write_index_rows(transaction: &WriteTransaction, rows: &[IndexRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut pairs = transaction.open_table(INDEX_ROWS)?;
    let mut filters = transaction.open_table(INDEX_FILTERS)?;
    let mut runs = transaction.open_table(INDEX_RUNS)?;
    for row in rows {
        match row {
            IndexRow::Pairs(run, first, value) => {
                put_or_remove(&mut pairs, (*run, first.0), value.as_deref())?;
            }
            IndexRow::Filter(run, part, value) => {
                put_or_remove(&mut filters, (*run, *part), value.as_deref())?;
            }
            IndexRow::Run(run, value) => put_or_remove(&mut runs, *run, value.as_deref())?,
        }
    }
    Ok(())
}

/// Makes everything written so far durable.
pub(super) fn commit_durably(database: &Database) -> Result<(), StoreError> {
    commit(begin(database, CommitKind::Durable)?)
}

/// The running thread.
pub(super) struct Applier {
    shared: Arc<Shared>,
    writer: Writer,
    /// Journal bytes written since the last durable commit, and when the first of them came.
    pending_bytes: u64,
    pending_since: Option<Instant>,
}

impl Applier {
    pub(super) fn new(shared: Arc<Shared>, writer: Writer) -> Self {
        Self { shared, writer, pending_bytes: 0, pending_since: None }
    }

    /// Applies entries until asked to stop; then everything is durable.
    pub(super) fn run(mut self) -> Result<(), StoreError> {
        loop {
            let work = self.shared.take_work(self.time_to_flush(), LINGER);
            let stop = work.stop;
            self.apply(&work)?;
            if work.flush || stop || self.flush_is_due() {
                self.flush()?;
            }
            if stop && work.entries.is_empty() {
                self.shared.advance(|progress| progress.ended = true);
                return Ok(());
            }
        }
    }

    fn apply(&mut self, work: &Work) -> Result<(), StoreError> {
        if work.entries.is_empty() && work.index_rows.is_empty() {
            return Ok(());
        }
        let started = Instant::now();
        let entries: Vec<Arc<Entry>> = work.entries.iter().map(Arc::clone).collect();
        let index_rows: Vec<IndexRow> = work.index_rows.iter().flat_map(|(_, rows)| rows.clone()).collect();
        self.writer.apply(&self.shared.database, &entries, &index_rows)?;
        let rows = entries.iter().flat_map(|entry| &entry.rows);
        self.shared.requests.note_applied(rows.clone());
        if let Some(next) = self.shared.catalog.load().changed_by(rows)? {
            self.shared.catalog.store(Arc::new(next));
        }
        let (entry, seq) = (self.writer.head.last_entry, self.writer.head.last_seq());
        let open_block = self.writer.block.tenants();
        self.shared.update_view(|view| view.with_applied(entry, seq, open_block));
        self.pending_bytes += entries.iter().map(|entry| entry.encoded_len() as u64).sum::<u64>();
        self.pending_since.get_or_insert(started);
        self.shared.advance(|progress| {
            progress.applied = entry;
            if let Some((ticket, _)) = work.index_rows.back() {
                progress.index_ticket = *ticket;
            }
        });
        let events = entries.iter().map(|entry| entry.records.len()).sum();
        self.shared.observer().committed(started.elapsed(), events, CommitKind::Visible);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let started = Instant::now();
        if self.pending_since.take().is_some() {
            commit_durably(&self.shared.database)?;
            self.shared.observer().committed(started.elapsed(), 0, CommitKind::Durable);
        }
        self.pending_bytes = 0;
        let entry = self.writer.head.last_entry;
        self.shared.advance(|progress| progress.durable = entry);
        Ok(())
    }

    fn flush_is_due(&self) -> bool {
        let half_a_segment = self.shared.options.journal_segment_bytes / 2;
        self.pending_bytes >= half_a_segment
            || (self.pending_since.is_some() && self.time_to_flush().is_zero())
    }

    fn time_to_flush(&self) -> Duration {
        let interval = self.shared.options.flush_interval;
        self.pending_since.map_or(interval, |since| interval.saturating_sub(since.elapsed()))
    }
}
