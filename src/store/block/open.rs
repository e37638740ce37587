//! What is gathered while a block is open.

use crate::crypto::digest::Digest;
use crate::domain::ids::TenantNumber;
use crate::domain::time::Timestamp;
use crate::store::block::closed;
use crate::store::block::filter::{Kind, build, hash};
use crate::store::error::StoreError;
use crate::store::record::attributes::filterable;
use crate::store::record::parts::Parts;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Events of a block.
pub const BLOCK_LEN: u64 = 4_096;

/// Leaves under one of the subtree roots a block row carries.
pub const SUBTREE_LEN: u64 = 256;

/// Returns the block of an event.
pub fn block_of(seq: u64) -> u64 {
    (seq - 1) / BLOCK_LEN
}

/// Returns the first event of a block.
pub fn first_seq_of(block: u64) -> u64 {
    block * BLOCK_LEN + 1
}

/// The block that is being filled. Owned by the applier.
#[derive(Debug, Default)]
pub struct OpenBlock {
    tenants: Arc<Vec<TenantNumber>>,
    first_time: Timestamp,
    last_time: Timestamp,
    subtrees: Vec<Digest>,
    shares: BTreeMap<TenantNumber, Share>,
}

/// One tenant's share of the block.
#[derive(Debug, Default)]
struct Share {
    places: Vec<u16>,
    payload_bytes: u64,
    hashes: Vec<u64>,
}

/// The rows of a block that was closed.
pub(in crate::store) struct ClosedRows {
    pub(in crate::store) block: Vec<u8>,
    pub(in crate::store) tenants: Vec<(TenantNumber, Vec<u8>)>,
}

impl OpenBlock {
    /// Takes in the next event.
    pub(in crate::store) fn push(&mut self, parts: &Parts<'_>) {
        let leaf = parts.leaf();
        if self.tenants.is_empty() {
            self.first_time = leaf.received_at;
        }
        self.last_time = leaf.received_at;
        let place = u16::try_from(self.tenants.len()).expect("a block has 4,096 places");
        Arc::make_mut(&mut self.tenants).push(leaf.tenant);
        let share = self.shares.entry(leaf.tenant).or_default();
        share.places.push(place);
        share.payload_bytes += u64::from(leaf.payload_len);
        let texts = filterable(parts.attributes);
        let mut remember = |kind, text| {
            let hash = hash(kind, text);
            // Neighbours are often alike; the rest of the repeats fall away when the filter is built.
            if !share.hashes.iter().rev().take(4).any(|known| *known == hash) {
                share.hashes.push(hash);
            }
        };
        remember(Kind::Source, texts.source);
        remember(Kind::Type, texts.event_type);
        if let Some(trace_id) = texts.trace_id {
            remember(Kind::Trace, trace_id);
        }
    }

    /// Takes in the root of a subtree of 256 leaves.
    pub(in crate::store) fn push_subtree(&mut self, root: Digest) {
        self.subtrees.push(root);
    }

    /// Returns the tenants of the block's events so far.
    pub(in crate::store) fn tenants(&self) -> Arc<Vec<TenantNumber>> {
        Arc::clone(&self.tenants)
    }

    /// Tells whether the block has all its events.
    pub(in crate::store) fn is_full(&self) -> bool {
        self.tenants.len() as u64 == BLOCK_LEN
    }

    /// Returns the rows of the full block and begins the next.
    pub(in crate::store) fn close(&mut self) -> Result<ClosedRows, StoreError> {
        let full = std::mem::take(self);
        let mut tenants = Vec::with_capacity(full.shares.len());
        for (tenant, share) in full.shares {
            let filter = build(share.hashes)?;
            tenants.push((tenant, closed::encode_share(&share.places, share.payload_bytes, &filter)));
        }
        Ok(ClosedRows {
            block: closed::encode_block(full.first_time, full.last_time, &full.subtrees),
            tenants,
        })
    }
}
