//! Walking a tenant's events in either direction.
//!
//! Closed blocks tell by their rows which events are the tenant's and whether any can match; the open block tells by
//! its tenants in memory. What remains is read record by record, up to a bound of work: a walk that reaches it ends
//! early and says where to go on.

use crate::domain::ids::TenantNumber;
use crate::domain::patience::Patience;
use crate::domain::time::Timestamp;
use crate::store::block::closed::{BlockRow, Wanted};
use crate::store::block::open::{BLOCK_LEN, block_of, first_seq_of};
use crate::store::error::StoreError;
use crate::store::read::reader::{Reader, StoredRecord};
use crate::store::record::attributes::filterable;
use crate::store::record::parts::Parts;
use crate::store::shared::Shared;
use std::time::Instant;

/// Most records one walk looks at.
const RECORDS_MAX: usize = 20_000;

/// Records looked at in one read transaction.
const RECORDS_PER_TRANSACTION: usize = 1_000;

/// Bytes of attributes and payloads after which a walk ends; it always returns one event, however large.
const BYTES_MAX: usize = 1 << 20;

/// Which way a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To higher sequence numbers.
    Forward,
    /// To lower ones.
    Backward,
}

/// What a walk looks for.
#[derive(Clone, Copy, Debug)]
pub struct ScanRequest<'a> {
    /// Whose events.
    pub tenant: TenantNumber,
    /// Which way.
    pub direction: Direction,
    /// First event to look at.
    pub from: u64,
    /// Last event to look at.
    pub to: u64,
    /// Most events to return.
    pub limit: usize,
    /// How long.
    pub patience: Patience,
    /// Exactly this source.
    pub source: Option<&'a str>,
    /// Exactly this type.
    pub event_type: Option<&'a str>,
    /// Exactly this trace id.
    pub trace_id: Option<&'a str>,
    /// Exactly this subject; no block tells which have it.
    pub subject: Option<&'a str>,
    /// Exactly this actor; the same.
    pub actor: Option<&'a str>,
    /// Taken in at this instant or later.
    pub since: Option<Timestamp>,
    /// Taken in before this instant.
    pub until: Option<Timestamp>,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct ScanResult {
    /// The events, in the walk's direction.
    pub events: Vec<StoredRecord>,
    /// The last event looked at, if there may be more behind it.
    pub stopped_at: Option<u64>,
}

/// A walk under way.
struct Walk<'s, 'a> {
    shared: &'s Shared,
    reader: Reader<'s>,
    request: ScanRequest<'a>,
    result: ScanResult,
    looked_at: usize,
    bytes: usize,
    started: Instant,
}

/// Whether a walk goes on.
#[derive(PartialEq, Eq)]
enum Step {
    GoOn,
    Stop,
}

/// Walks.
pub(in crate::store) fn scan(shared: &Shared, request: ScanRequest<'_>) -> Result<ScanResult, StoreError> {
    let reader = Reader::open(shared)?;
    let mut walk = Walk {
        shared,
        request,
        result: ScanResult::default(),
        looked_at: 0,
        bytes: 0,
        started: Instant::now(),
        reader,
    };
    walk.narrow()?;
    walk.run()?;
    shared.observer().scanned(walk.started.elapsed());
    Ok(walk.result)
}

impl Walk<'_, '_> {
    /// Brings the bounds into the ledger and, by the blocks' times, near the times asked for.
    fn narrow(&mut self) -> Result<(), StoreError> {
        let last = self.reader.view.last_seq();
        let (mut low, mut high) = match self.request.direction {
            Direction::Forward => (self.request.from, self.request.to),
            Direction::Backward => (self.request.to, self.request.from),
        };
        low = low.max(1);
        high = high.min(last);
        let closed = block_of(self.reader.view.open_block_start());
        if let Some(since) = self.request.since {
            // Blocks that ended before hold nothing asked for.
            let first = self.first_block(closed, |row| row.last_time >= since)?;
            low = low.max(first_seq_of(first));
        }
        if let Some(until) = self.request.until {
            let after = self.first_block(closed, |row| row.first_time >= until)?;
            if after < closed {
                high = high.min(first_seq_of(after) - 1);
            }
        }
        (self.request.from, self.request.to) = match self.request.direction {
            Direction::Forward => (low, high),
            Direction::Backward => (high, low),
        };
        Ok(())
    }

    /// Returns the first of the closed blocks that fulfil the condition; times only grow.
    fn first_block(&self, closed: u64, fulfils: impl Fn(&BlockRow) -> bool) -> Result<u64, StoreError> {
        let (mut low, mut high) = (0, closed);
        while low < high {
            let middle = low + (high - low) / 2;
            if fulfils(&self.reader.block(middle)?) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    fn run(&mut self) -> Result<(), StoreError> {
        match self.request.direction {
            Direction::Forward => {
                let mut at = self.request.from;
                while at <= self.request.to {
                    let end = (first_seq_of(block_of(at)) + BLOCK_LEN - 1).min(self.request.to);
                    if self.walk_block(at, end)? == Step::Stop {
                        return Ok(());
                    }
                    at = end + 1;
                }
            }
            Direction::Backward => {
                let mut at = self.request.from;
                while at >= self.request.to && at > 0 {
                    let start = first_seq_of(block_of(at)).max(self.request.to);
                    if self.walk_block(start, at)? == Step::Stop {
                        return Ok(());
                    }
                    at = start - 1;
                }
            }
        }
        Ok(())
    }

    /// Looks at the tenant's events from `low` to `high`, which lie in one block.
    fn walk_block(&mut self, low: u64, high: u64) -> Result<Step, StoreError> {
        let mut candidates = self.candidates(low, high)?;
        if self.request.direction == Direction::Backward {
            candidates.reverse();
        }
        let edge = if self.request.direction == Direction::Forward { high } else { low };
        for seq in candidates {
            self.look_at(seq)?;
            if self.is_exhausted() {
                return Ok(self.stop_at(seq));
            }
        }
        if self.is_late() {
            return Ok(self.stop_at(edge));
        }
        Ok(Step::GoOn)
    }

    fn stop_at(&mut self, seq: u64) -> Step {
        if seq != self.request.to {
            self.result.stopped_at = Some(seq);
        }
        Step::Stop
    }

    /// Returns the tenant's events in a block that may match, ascending.
    fn candidates(&self, low: u64, high: u64) -> Result<Vec<u64>, StoreError> {
        let view = &self.reader.view;
        let start = view.open_block_start();
        if low < start {
            let block = block_of(low);
            let wanted = Wanted {
                source: self.request.source,
                event_type: self.request.event_type,
                trace_id: self.request.trace_id,
            };
            let share = self.reader.share(block, self.request.tenant)?;
            let Some(share) = share.filter(|share| share.may_hold(wanted)) else { return Ok(Vec::new()) };
            let first = first_seq_of(block);
            let seqs = share.places.iter().map(|place| first + u64::from(*place));
            return Ok(seqs.filter(|seq| (low..=high).contains(seq)).collect());
        }
        let is_tenants = |seq: &u64| {
            let place = usize::try_from(*seq - start).ok();
            let applied = place.and_then(|place| view.open_block.get(place));
            applied.is_none_or(|tenant| *tenant == self.request.tenant)
        };
        Ok((low..=high).filter(is_tenants).collect())
    }

    fn look_at(&mut self, seq: u64) -> Result<(), StoreError> {
        self.looked_at += 1;
        if self.looked_at.is_multiple_of(RECORDS_PER_TRANSACTION) {
            let view = std::sync::Arc::clone(&self.reader.view);
            self.reader = Reader::open(self.shared)?;
            // The newer transaction holds all the older view calls applied, and the older view's tail stays whole.
            self.reader.view = view;
        }
        let found = self.reader.with_record(seq, |parts| {
            if !self.matches(&parts) {
                return Ok(None);
            }
            Ok(Some((parts.attributes.len(), self.reader.materialize(seq, &parts)?)))
        })?;
        if let Some((attributes_len, event)) = found.flatten() {
            self.bytes += attributes_len + event.payload.len();
            self.result.events.push(event);
        }
        Ok(())
    }

    fn matches(&self, parts: &Parts<'_>) -> bool {
        let leaf = parts.leaf();
        let request = &self.request;
        let texts = filterable(parts.attributes);
        let same =
            |wanted: Option<&str>, found: &[u8]| wanted.is_none_or(|wanted| wanted.as_bytes() == found);
        leaf.tenant == request.tenant
            && request.since.is_none_or(|since| leaf.received_at >= since)
            && request.until.is_none_or(|until| leaf.received_at < until)
            && same(request.source, texts.source)
            && same(request.event_type, texts.event_type)
            && same(request.trace_id, texts.trace_id.unwrap_or_default())
            && same(request.subject, texts.subject.unwrap_or_default())
            && same(request.actor, texts.actor.unwrap_or_default())
    }

    fn is_exhausted(&self) -> bool {
        self.result.events.len() >= self.request.limit
            || self.bytes >= BYTES_MAX
            || self.looked_at >= RECORDS_MAX
            || (self.looked_at.is_multiple_of(64) && self.is_late())
    }

    fn is_late(&self) -> bool {
        self.started.elapsed() >= self.request.patience.duration()
    }
}
