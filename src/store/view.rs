//! What readers see: applied position, tail and open block as one immutable value.
//!
//! A reader loads the view first and then opens a read transaction. The transaction may show more than the view; the
//! reader takes from it only what lies at or below the view's position, and what lies behind from the view's tail.
//! So everything acknowledged before a read began is in it, and nothing is seen twice.

use crate::domain::ids::TenantNumber;
use crate::store::journal::entry::Entry;
use std::sync::Arc;

/// What readers see.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Number of the last entry in the database.
    pub applied_entry: u64,
    /// Sequence number of the last event in the database.
    pub applied_seq: u64,
    /// Entries acknowledged and not yet applied, oldest first.
    pub tail: Vec<Arc<Entry>>,
    /// Tenants of the applied events behind the last closed block, in order.
    pub open_block: Arc<Vec<TenantNumber>>,
}

impl View {
    /// Returns the sequence number of the last acknowledged event, 0 before the first.
    pub fn last_seq(&self) -> u64 {
        self.tail.last().map_or(self.applied_seq, |entry| entry.end_seq() - 1)
    }

    /// Returns the sequence number of the first event behind the last closed block.
    pub fn open_block_start(&self) -> u64 {
        self.applied_seq + 1 - self.open_block.len() as u64
    }

    /// Returns an event's record out of the tail.
    pub fn tail_record(&self, seq: u64) -> Option<&[u8]> {
        let after = self.tail.partition_point(|entry| entry.first_seq <= seq);
        let entry = self.tail.get(after.checked_sub(1)?)?;
        let place = usize::try_from(seq - entry.first_seq).ok()?;
        entry.records.get(place).map(Vec::as_slice)
    }

    /// Returns this view with an acknowledged entry behind.
    pub(super) fn with_entry(&self, entry: Arc<Entry>) -> Self {
        let mut tail = Vec::with_capacity(self.tail.len() + 1);
        tail.extend(self.tail.iter().map(Arc::clone));
        tail.push(entry);
        Self { tail, open_block: Arc::clone(&self.open_block), ..*self }
    }

    /// Returns this view after entries were applied.
    pub(super) fn with_applied(
        &self,
        applied_entry: u64,
        applied_seq: u64,
        open_block: Arc<Vec<TenantNumber>>,
    ) -> Self {
        let tail = self.tail.iter().filter(|entry| entry.number > applied_entry).map(Arc::clone).collect();
        Self { applied_entry, applied_seq, tail, open_block }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64, first_seq: u64, events: usize) -> Arc<Entry> {
        let records =
            (0..events as u64).map(|place| vec![u8::try_from(first_seq + place).unwrap()]).collect();
        Arc::new(Entry { number, first_seq, records, rows: Vec::new() })
    }

    #[test]
    fn the_tail_gives_each_event_of_its_entries() {
        let view = View { applied_entry: 3, applied_seq: 10, ..View::default() }
            .with_entry(entry(4, 11, 2))
            .with_entry(entry(5, 13, 0))
            .with_entry(entry(6, 13, 3));
        assert_eq!(view.last_seq(), 15);
        for seq in 11..=15u8 {
            assert_eq!(view.tail_record(seq.into()), Some(&[seq][..]));
        }
        assert_eq!((view.tail_record(10), view.tail_record(16)), (None, None));
        let applied = view.with_applied(5, 12, Arc::new(Vec::new()));
        assert_eq!((applied.tail.len(), applied.tail_record(12), applied.last_seq()), (1, None, 15));
    }
}
