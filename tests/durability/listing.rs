//! Walks in both directions against a naive filter over all events.

use crate::dice::Dice;
use crate::disk::SimDisk;
use crate::shop::{START, Sent, Shop, open, options, try_open};
use mainstay::domain::ids::TenantNumber;
use mainstay::domain::patience::Patience;
use mainstay::domain::time::Timestamp;
use mainstay::store::options::StoreOptions;
use mainstay::store::read::reader::StoredRecord;
use mainstay::store::read::scan::{Direction, ScanRequest};
use std::sync::Arc;
use std::time::Duration;

/// Events: three closed blocks, an open one and a tail.
const EVENTS: usize = 3 * 4_096 + 700;

fn make(dice: &mut Dice) -> Sent {
    // Tenant 4 is rare: it has no event in most blocks.
    let tenant = if dice.below(3_000) == 0 { 4 } else { 1 + u32::try_from(dice.below(3)).unwrap() };
    let sent = Sent::new(tenant, vec![b'x'; [5, 40, 2_000][dice.below(3)]]);
    Sent {
        source: format!("source {}", dice.below(6)),
        event_type: format!("type {}", dice.below(4)),
        trace_id: (dice.below(10) == 0).then(|| format!("{:032x}", dice.below(40))),
        ..sent
    }
}

/// Fills a store in batches, some milliseconds apart.
fn filled() -> (Shop, Vec<StoredRecord>) {
    // Everything stays in the tail until the applier takes it up; both places must be read alike.
    let lazy = StoreOptions { journal_segment_bytes: 4 << 20, ..options() };
    let shop = try_open(Arc::new(SimDisk::new()), lazy, START).unwrap();
    let mut dice = Dice::new(5);
    let mut sent = 0;
    while sent < EVENTS {
        let batch: Vec<_> = (0..=dice.below(200)).map(|_| make(&mut dice)).collect();
        sent += batch.len();
        shop.clock.advance(Duration::from_millis(5));
        shop.send_many(&batch).unwrap();
    }
    let all = shop.all();
    (shop, all)
}

fn naive(all: &[StoredRecord], request: &ScanRequest<'_>) -> Vec<u64> {
    let (low, high) = match request.direction {
        Direction::Forward => (request.from, request.to),
        Direction::Backward => (request.to, request.from),
    };
    let wanted = |wanted: Option<&str>, found: &str| wanted.is_none_or(|wanted| wanted == found);
    let matches = |record: &&StoredRecord| {
        record.tenant == request.tenant
            && (low..=high).contains(&record.seq.0)
            && wanted(request.source, &record.attributes.source)
            && wanted(request.event_type, &record.attributes.event_type)
            && wanted(request.trace_id, record.attributes.trace_id.as_deref().unwrap_or_default())
            && request.since.is_none_or(|since| record.received_at >= since)
            && request.until.is_none_or(|until| record.received_at < until)
    };
    let mut found: Vec<u64> = all.iter().filter(matches).map(|record| record.seq.0).collect();
    if request.direction == Direction::Backward {
        found.reverse();
    }
    found
}

#[test]
fn walks_find_what_a_naive_filter_finds() {
    let (shop, all) = filled();
    let mut dice = Dice::new(6);
    let span = all.last().unwrap().received_at.as_micros() - START;
    for _ in 0..120 {
        let end = all.len() + 100;
        let (one, other) = (dice.below(end) as u64, dice.below(end) as u64);
        let (low, high) = if dice.below(3) == 0 { (0, u64::MAX) } else { (one.min(other), one.max(other)) };
        let forward = dice.below(2) == 0;
        let (direction, from, to) =
            if forward { (Direction::Forward, low, high) } else { (Direction::Backward, high, low) };
        let source = format!("source {}", dice.below(7));
        let event_type = format!("type {}", dice.below(5));
        let trace_id = format!("{:032x}", dice.below(41));
        let mut instant = || {
            let at = START + dice.next() % (span + 20_000);
            (dice.below(3) == 0).then(|| Timestamp::from_micros(at))
        };
        let (since, until) = (instant(), instant());
        let request = ScanRequest {
            tenant: TenantNumber(1 + u32::try_from(dice.below(5)).unwrap()),
            direction,
            from,
            to,
            limit: [1, 7, 100, 1_000][dice.below(4)].max(if low == 0 { 100 } else { 1 }),
            patience: Patience::Program,
            source: (dice.below(3) == 0).then_some(source.as_str()),
            event_type: (dice.below(3) == 0).then_some(event_type.as_str()),
            trace_id: (dice.below(4) == 0).then_some(trace_id.as_str()),
            subject: None,
            actor: None,
            since,
            until,
        };
        assert_eq!(shop.list(request), naive(&all, &request), "{request:?}");
    }
    shop.close();
}

#[test]
fn a_walk_during_intake_sees_every_acknowledged_event_once() {
    let shop = open(&SimDisk::new());
    let sender = shop.clone();
    let sending = std::thread::spawn(move || {
        for number in 0..400 {
            sender.send_many(&vec![Sent::new(1, format!("{number}")); 15]).unwrap();
        }
    });
    while !sending.is_finished() {
        let last = shop.store.last_seq();
        let request = ScanRequest {
            tenant: TenantNumber(1),
            direction: Direction::Forward,
            from: last.saturating_sub(200).max(1),
            to: last,
            limit: 1_000,
            patience: Patience::Program,
            source: Some("pos"),
            event_type: None,
            trace_id: None,
            subject: None,
            actor: None,
            since: None,
            until: None,
        };
        if last > 0 {
            assert_eq!(shop.list(request), (request.from..=last).collect::<Vec<_>>());
        }
    }
    sending.join().unwrap();
    shop.close();
}
