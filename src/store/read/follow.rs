//! Events of several tenants as they come: everything behind a place, in the ledger's order.
//!
//! What was acknowledged a moment ago lies in the view's tail, so that following the ledger closely reads no disk; who
//! has fallen behind gets the same events from the database.

use crate::domain::ids::TenantNumber;
use crate::store::error::StoreError;
use crate::store::read::reader::{Reader, StoredRecord};
use crate::store::record::parts::Parts;
use crate::store::shared::Shared;
use crate::store::view::View;

/// Bytes of attributes and payloads after which one call ends; it always gets one event further, however large.
const BYTES_MAX: usize = 4 << 20;

/// Which events.
#[derive(Clone, Copy)]
pub struct FollowRequest<'a> {
    /// Behind this place.
    pub after: u64,
    /// Up to this place.
    pub to: u64,
    /// Of these tenants.
    pub wanted: &'a dyn Fn(TenantNumber) -> bool,
}

/// What came.
#[derive(Debug, Default)]
pub struct Followed {
    /// The wanted tenants' events, each with its length: attributes and payload in bytes.
    pub events: Vec<(StoredRecord, usize)>,
    /// Everything wanted up to this place is in `events`. Less than what was asked for when that is a lot.
    pub through: u64,
}

/// Reads what came.
pub(in crate::store) fn follow(shared: &Shared, request: FollowRequest<'_>) -> Result<Followed, StoreError> {
    let reader = Reader::open(shared)?;
    let mut followed = Followed { events: Vec::new(), through: request.after };
    let mut bytes = 0;
    for seq in request.after + 1..=request.to.min(reader.view.last_seq()) {
        followed.through = seq;
        if tenant_of(&reader.view, seq).is_some_and(|tenant| !(request.wanted)(tenant)) {
            continue;
        }
        let found = reader.with_record(seq, |parts| {
            if !(request.wanted)(parts.leaf().tenant) {
                return Ok(None);
            }
            Ok(Some((reader.materialize(seq, &parts)?, parts.attributes.len())))
        })?;
        if let Some((event, attributes_len)) = found.flatten() {
            let len = attributes_len + event.payload.len();
            bytes += len;
            followed.events.push((event, len));
        }
        if bytes >= BYTES_MAX {
            break;
        }
    }
    Ok(followed)
}

/// Tells without reading the disk whether anything wanted may have come: never wrong when it says no.
pub(in crate::store) fn may_concern(shared: &Shared, request: FollowRequest<'_>) -> bool {
    let view = shared.view();
    let mut seqs = request.after + 1..=request.to.min(view.last_seq());
    seqs.any(|seq| tenant_of(&view, seq).is_none_or(request.wanted))
}

/// Returns whose an event is, if memory knows.
fn tenant_of(view: &View, seq: u64) -> Option<TenantNumber> {
    if seq > view.applied_seq {
        let parts = Parts::parse(seq, view.tail_record(seq)?).ok()?;
        return Some(parts.leaf().tenant);
    }
    let place = usize::try_from(seq.checked_sub(view.open_block_start())?).ok()?;
    view.open_block.get(place).copied()
}
