//! Recomputing the ledger from its records.

use crate::crypto::digest::Digest;
use crate::domain::leaf::salted_digest;
use crate::domain::merkle::Frontier;
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use crate::store::record::parts::{Parts, Placement};
use crate::store::recovery::load_head;
use crate::store::tables::{EVENTS, PAYLOADS};
use redb::{Database, ReadableDatabase};

/// Events read in one transaction, so that a long check holds no old pages back.
const EVENTS_PER_TRANSACTION: u64 = 1_000;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Events in the ledger, as the head says.
    pub size: u64,
    /// Root in the head.
    pub head_root: Digest,
    /// Root recomputed from the records.
    pub computed_root: Digest,
    /// What is wrong, in order; empty when everything fits. At most a hundred.
    pub problems: Vec<String>,
}

/// Most problems reported; a ledger with more needs a snapshot, not a longer list.
const PROBLEMS_MAX: usize = 100;

impl Verification {
    /// Tells whether everything fits.
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty() && self.head_root == self.computed_root
    }
}

/// Recomputes the tree from the records up to the head as it is now; `progress` is told how far it has come.
pub(super) fn verify(
    database: &Database,
    mut progress: impl FnMut(u64, u64),
) -> Result<Verification, StoreError> {
    let head = load_head(database)?;
    let size = head.last_seq();
    let mut check = Check { frontier: Frontier::default(), last: Timestamp::default(), problems: Vec::new() };
    let mut from = 1;
    while from <= size {
        let to = (from + EVENTS_PER_TRANSACTION - 1).min(size);
        check.range(database, from, to)?;
        from = to + 1;
        progress(to, size);
    }
    let (head_root, computed_root) = (head.frontier.root(), check.frontier.root());
    if head_root != computed_root {
        check.note("the root recomputed from the records is not the head's".into());
    }
    Ok(Verification { size, head_root, computed_root, problems: check.problems })
}

struct Check {
    frontier: Frontier,
    last: Timestamp,
    problems: Vec<String>,
}

impl Check {
    fn note(&mut self, problem: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }

    fn range(&mut self, database: &Database, from: u64, to: u64) -> Result<(), StoreError> {
        let transaction = database.begin_read()?;
        let events = transaction.open_table(EVENTS)?;
        let payloads = transaction.open_table(PAYLOADS)?;
        let mut expected = from;
        for row in events.range(from..=to)? {
            let (seq, record) = row?;
            let seq = seq.value();
            if seq != expected {
                self.note(format!("events {expected} to {} are missing", seq - 1));
            }
            expected = seq + 1;
            let Ok(parts) = Parts::parse(seq, record.value()) else {
                self.note(format!("event {seq} cannot be read"));
                continue;
            };
            let mut moved = Vec::new();
            if parts.placement == Placement::Rows {
                for part in payloads.range((seq, 0)..=(seq, u32::MAX))? {
                    moved.extend_from_slice(part?.1.value());
                }
            }
            let payload = if parts.placement == Placement::Rows { &moved } else { parts.payload };
            self.event(seq, &parts, payload);
        }
        if expected <= to {
            self.note(format!("events {expected} to {to} are missing"));
        }
        Ok(())
    }

    fn event(&mut self, seq: u64, parts: &Parts<'_>, payload: &[u8]) {
        let leaf = parts.leaf();
        if salted_digest(parts.attributes_salt, parts.attributes) != leaf.attributes_digest {
            self.note(format!("event {seq}: the attributes are not those of the leaf"));
        }
        if payload.len() != leaf.payload_len as usize
            || salted_digest(parts.payload_salt, payload) != leaf.payload_digest
        {
            self.note(format!("event {seq}: the payload is not that of the leaf"));
        }
        if leaf.received_at < self.last {
            self.note(format!("event {seq}: its time is before the event's before it"));
        }
        self.last = leaf.received_at;
        self.frontier.push(leaf.hash());
    }
}
