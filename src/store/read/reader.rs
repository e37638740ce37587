//! One consistent state of view and database.

use crate::domain::event::Attributes;
use crate::domain::ids::{Seq, TenantNumber};
use crate::domain::leaf::{Leaf, Salt};
use crate::domain::time::Timestamp;
use crate::store::block::closed::{BlockRow, ShareRow};
use crate::store::error::StoreError;
use crate::store::record::attributes;
use crate::store::record::parts::{Parts, Placement};
use crate::store::shared::Shared;
use crate::store::tables::{BLOCK_TENANTS, BLOCKS, EVENTS, PAYLOADS};
use crate::store::view::View;
use redb::{Database, ReadOnlyTable, ReadTransaction, ReadableDatabase};
use std::sync::Arc;

/// An event out of the ledger.
#[derive(Clone, Debug)]
pub struct StoredRecord {
    /// Its place.
    pub seq: Seq,
    /// Whose it is.
    pub tenant: TenantNumber,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// What it says about itself.
    pub attributes: Attributes,
    /// The body as received.
    pub payload: Vec<u8>,
    /// Salt of the payload in the leaf.
    pub payload_salt: Salt,
}

/// One consistent state of view and database. Opens a read transaction and holds it; must not live long.
pub(in crate::store) struct Reader<'s> {
    shared: &'s Shared,
    pub(super) view: Arc<View>,
    transaction: ReadTransaction,
    events: ReadOnlyTable<u64, &'static [u8]>,
}

impl<'s> Reader<'s> {
    /// Loads the view first, then opens the transaction: it holds at least what the view calls applied.
    pub(in crate::store) fn open(shared: &'s Shared) -> Result<Self, StoreError> {
        let view = shared.view();
        let transaction = shared.database.begin_read()?;
        let events = transaction.open_table(EVENTS)?;
        shared.observer().reader_opened();
        Ok(Self { shared, view, transaction, events })
    }

    /// Calls `with` on an event's record, if there is such an event.
    pub(super) fn with_record<T>(
        &self,
        seq: u64,
        with: impl FnOnce(Parts<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        if seq > self.view.applied_seq {
            return self.view.tail_record(seq).map(|record| with(Parts::parse(seq, record)?)).transpose();
        }
        let Some(row) = self.events.get(seq)? else { return Ok(None) };
        with(Parts::parse(seq, row.value())?).map(Some)
    }

    /// Reads a whole event.
    pub(in crate::store) fn find(&self, seq: u64) -> Result<Option<StoredRecord>, StoreError> {
        self.with_record(seq, |parts| self.materialize(seq, &parts))
    }

    /// Reads a whole event if it is the tenant's; of another tenant's event no more than its head is looked at.
    pub(in crate::store) fn find_of(
        &self,
        tenant: TenantNumber,
        seq: u64,
    ) -> Result<Option<StoredRecord>, StoreError> {
        let found = self.with_record(seq, |parts| {
            if parts.leaf().tenant != tenant {
                return Ok(None);
            }
            self.materialize(seq, &parts).map(Some)
        })?;
        Ok(found.flatten())
    }

    /// Reads an event's leaf if the event is the tenant's.
    pub(in crate::store) fn leaf_of(
        &self,
        tenant: TenantNumber,
        seq: u64,
    ) -> Result<Option<Leaf>, StoreError> {
        let leaf = self.with_record(seq, |parts| Ok(parts.leaf()))?;
        Ok(leaf.filter(|leaf| leaf.tenant == tenant))
    }

    pub(super) fn materialize(&self, seq: u64, parts: &Parts<'_>) -> Result<StoredRecord, StoreError> {
        let leaf = parts.leaf();
        let payload = match parts.placement {
            Placement::Inline => parts.payload.to_vec(),
            Placement::Rows => read_payload(&self.transaction, seq, leaf.payload_len)?,
        };
        let attributes =
            attributes::decode(parts.attributes).ok_or_else(|| StoreError::corrupt("event", seq))?;
        Ok(StoredRecord {
            seq: Seq(seq),
            tenant: leaf.tenant,
            received_at: leaf.received_at,
            attributes,
            payload,
            payload_salt: *parts.payload_salt,
        })
    }

    /// Reads a closed block's row.
    pub(super) fn block(&self, block: u64) -> Result<BlockRow, StoreError> {
        let rows = self.transaction.open_table(BLOCKS)?;
        let row = rows.get(block)?.ok_or_else(|| StoreError::corrupt("block", block))?;
        BlockRow::read(block, row.value())
    }

    /// Reads a tenant's row in a closed block, if it has events there.
    pub(super) fn share(&self, block: u64, tenant: TenantNumber) -> Result<Option<ShareRow>, StoreError> {
        let rows = self.transaction.open_table(BLOCK_TENANTS)?;
        rows.get((block, tenant.0))?.map(|row| ShareRow::read(block, row.value())).transpose()
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.shared.observer().reader_closed();
    }
}

/// Returns when an event in the database was taken in, and whether its payload is the given one; none when that takes
/// another read.
pub(in crate::store) fn compare_stored(
    database: &Database,
    seq: u64,
    payload: &[u8],
) -> Result<(Timestamp, Option<bool>), StoreError> {
    let events = database.begin_read()?.open_table(EVENTS)?;
    let row = events.get(seq)?.ok_or_else(|| StoreError::corrupt("event", seq))?;
    let parts = Parts::parse(seq, row.value())?;
    let leaf = parts.leaf();
    let same_payload = match parts.placement {
        _ if leaf.payload_len as usize != payload.len() => Some(false),
        Placement::Inline => Some(parts.payload == payload),
        Placement::Rows => None,
    };
    Ok((leaf.received_at, same_payload))
}

/// Tells whether an event in the database has the payload, reading all of it.
pub(in crate::store) fn is_stored_payload(
    database: &Database,
    seq: u64,
    payload: &[u8],
) -> Result<bool, StoreError> {
    if let Some(same) = compare_stored(database, seq, payload)?.1 {
        return Ok(same);
    }
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    Ok(read_payload(&database.begin_read()?, seq, len)? == payload)
}

fn read_payload(transaction: &ReadTransaction, seq: u64, len: u32) -> Result<Vec<u8>, StoreError> {
    let rows = transaction.open_table(PAYLOADS)?;
    let mut payload = Vec::with_capacity(len as usize);
    for row in rows.range((seq, 0)..=(seq, u32::MAX))? {
        payload.extend_from_slice(row?.1.value());
    }
    if payload.len() == len as usize { Ok(payload) } else { Err(StoreError::corrupt("payload", seq)) }
}
