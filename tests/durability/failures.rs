//! Failing calls, panics and full disks.

use crate::cuts::{calls, crash};
use crate::disk::{SimDisk, Trouble};
use crate::shop::{Ends, START, Sent, Shop, open, options, try_open};
use crate::workload;
use mainstay::domain::believed_time::Reading;
use mainstay::domain::time::Timestamp;
use mainstay::platform::clock::Clock;
use mainstay::platform::entropy::SeededEntropy;
use mainstay::store::effects::Effects;
use mainstay::store::handle::Store;
use mainstay::store::options::StoreOptions;
use mainstay::store::rows::value::Counter;
use mainstay::store::sequencer::queue::{Decision, QueueError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[test]
fn a_single_failing_call_loses_nothing_acknowledged() {
    for at in calls(50) {
        eprintln!("failure of call {at}");
        let (disk, promises) = crash(Some(Trouble::Fail(at)), at);
        workload::check(&disk.reboot(at), &promises, at);
    }
}

fn observed(disk: &SimDisk, options: StoreOptions) -> (Shop, Arc<Ends>) {
    let ends = Arc::new(Ends::default());
    let observer: Arc<Ends> = Arc::clone(&ends);
    let shop = try_open(Arc::new(disk.clone()), StoreOptions { observer, ..options }, START).unwrap();
    (shop, ends)
}

#[test]
fn a_failed_write_or_sync_ends_the_store_once_and_its_senders_learn() {
    // The first call of an event is the journal's write, the second its sync.
    for call in [1, 2] {
        let disk = SimDisk::new();
        let lazy = StoreOptions { flush_interval: Duration::from_hours(1), ..options() };
        let (shop, ends) = observed(&disk, lazy);
        shop.store(&Sent::new(1, "first").keyed("first"));
        disk.plan(Some(Trouble::Fail(disk.calls() + call)));
        let waiting: Vec<_> = (0..20)
            .filter_map(|number| shop.store.append(shop.draft(&Sent::new(1, format!("{number}")))).ok())
            .map(tokio::sync::oneshot::Receiver::blocking_recv)
            .collect();
        assert!(waiting.iter().all(Result::is_err), "nothing is promised after a failure");
        assert!(shop.send(&Sent::new(1, "later")).is_none());
        assert!(shop.store.close().is_err());
        assert!(shop.store.failure().is_some_and(|reason| reason.contains("simulated failure")));
        assert!(shop.store.find(1).is_err(), "reads end too");
        assert_eq!(ends.0.lock().unwrap().len(), 1);
        drop(shop);
        let shop = open(&disk);
        let first = shop.send(&Sent::new(1, "first").keyed("first"));
        assert!(matches!(first, Some(Decision::Duplicate { seq: 1, .. })));
        shop.close();
    }
}

#[test]
fn a_failing_database_ends_the_store_and_its_senders_learn() {
    let disk = SimDisk::new();
    let (shop, ends) = observed(&disk, options());
    let before = shop.store(&Sent::new(1, "before"));
    shop.store.flush().unwrap();
    // What grows is the database: the journal's files have their length.
    disk.plan(Some(Trouble::Full(0)));
    let mut acknowledged = before;
    while let Some(decision) = shop.send(&Sent::new(1, vec![1; 60_000])) {
        assert!(matches!(decision, Decision::Stored { .. }));
        acknowledged += 1;
    }
    assert!(shop.store.close().is_err());
    assert_eq!(ends.0.lock().unwrap().len(), 1);
    drop(shop);
    disk.plan(None);
    let shop = open(&disk);
    assert!(shop.store.last_seq() >= acknowledged);
    assert!(shop.store.verify(|_, _| ()).unwrap().is_whole());
    shop.close();
}

/// A clock that stops the thread that reads it.
#[derive(Debug)]
struct Broken(AtomicBool);

impl Clock for Broken {
    fn now(&self) -> Timestamp {
        assert!(!self.0.load(Ordering::SeqCst), "the clock is broken");
        Timestamp::from_micros(START)
    }

    fn read(&self) -> Reading {
        Reading { shown: self.now(), ..Reading::default() }
    }
}

#[test]
fn a_panic_ends_the_store_and_leaves_nobody_waiting() {
    let disk = SimDisk::new();
    let ends = Arc::new(Ends::default());
    let observer: Arc<Ends> = Arc::clone(&ends);
    open(&disk).close();
    let clock = Arc::new(Broken(AtomicBool::new(false)));
    let handed: Arc<Broken> = Arc::clone(&clock);
    let entropy = Arc::new(SeededEntropy::new(1));
    let options = StoreOptions { observer, ..options() };
    let store = Store::open(Arc::new(disk.clone()), options, handed, entropy).unwrap();
    clock.0.store(true, Ordering::SeqCst);
    let waiting: Vec<_> = (0..50u64)
        .filter_map(|number| {
            let effects = Effects::default().put(&Counter::new("turns", number));
            store.put(effects).ok()?;
            let draft = crate::shop::draft(store.instance_key(), &SeededEntropy::new(1), &Sent::new(1, "x"));
            store.append(draft).ok()
        })
        .collect();
    for answer in waiting {
        assert!(answer.blocking_recv().is_err());
    }
    assert!(store.close().is_err());
    assert!(ends.0.lock().unwrap().iter().all(|reason| reason.contains("panicked")));
    assert_eq!(ends.0.lock().unwrap().len(), 1);
}

#[test]
fn a_key_is_found_only_when_its_event_can_be_read() {
    let shop = open(&SimDisk::new());
    for number in 0..300 {
        let sent = Sent::new(1, "x").keyed(format!("{number}"));
        let draft = shop.draft(&sent);
        let hash = mainstay::domain::idempotency::KeyHash::new(
            shop.store.instance_key(),
            mainstay::domain::ids::TenantNumber(1),
            &mainstay::domain::idempotency::IdempotencyKey::parse(&format!("{number}")).unwrap(),
        );
        let answer = shop.store.append(draft).unwrap();
        if let Some(seq) = crate::shop::wait(shop.store.find_key(hash)).unwrap() {
            assert!(shop.store.find(seq).unwrap().is_some(), "event {seq} was found too early");
        }
        answer.blocking_recv().unwrap();
    }
    shop.close();
}

#[test]
fn rows_of_workers_count_against_the_queue() {
    let small = StoreOptions { queue_bytes_max: 1_000, ..options() };
    let shop = try_open(Arc::new(SimDisk::new()), small, START).unwrap();
    let mut effects = Effects::default();
    for number in 0..200 {
        effects = effects.put(&Counter::new(&format!("counter {number}"), 1));
    }
    assert_eq!(shop.store.put(effects), Err(QueueError::Full));
    shop.close();
}

#[test]
fn below_the_reserve_intake_is_refused_and_reads_go_on() {
    let disk = SimDisk::new();
    let reserved = StoreOptions { reserve_bytes: 1_000_000, ..options() };
    let (shop, _) = observed(&disk, reserved);
    let first = Sent::new(1, "first").keyed("first");
    shop.store(&first);
    disk.set_free(999_999);
    // Free space is asked for ten times a second at most.
    while shop.send(&Sent::new(1, "x")) != Some(Decision::BelowReserve) {}
    let size = shop.store.last_seq();
    assert!(shop.store.is_below_reserve());
    assert!(matches!(shop.send(&first), Some(Decision::Duplicate { seq: 1, .. })));
    assert!(first.is(&shop.store.find(1).unwrap().unwrap()));
    assert!(shop.command(7, 1), "the operator can still act");
    disk.set_free(1_000_000);
    while shop.send(&Sent::new(1, "y")) == Some(Decision::BelowReserve) {}
    assert_eq!(shop.store.last_seq(), size + 2);
    shop.close();
}
