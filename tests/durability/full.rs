//! Disks that are full already when the store is opened.

use crate::disk::{SimDisk, Trouble};
use crate::shop::{START, Sent, Shop, is_audit, options, try_open};
use mainstay::platform::disk::Disk;
use mainstay::store::handle::CommandError;
use mainstay::store::options::StoreOptions;
use mainstay::store::sequencer::queue::{Decision, QueueError};
use std::sync::Arc;
use std::time::Duration;

const EVENTS: u64 = 60;

fn with_ballast(bytes: u64) -> StoreOptions {
    StoreOptions { ballast_bytes: bytes, flush_interval: Duration::from_hours(1), ..options() }
}

fn event(number: u64) -> Sent {
    Sent::new(1, vec![u8::try_from(number).unwrap(); 8_000]).keyed(format!("key {number}"))
}

/// Returns what a `kill -9` leaves, with so much in the journal that recovery makes the database grow.
fn crashed(options: StoreOptions) -> SimDisk {
    let disk = SimDisk::new();
    let shop = try_open(Arc::new(disk.clone()), options, START).unwrap();
    for number in 1..=EVENTS {
        shop.store(&event(number));
    }
    let left = disk.kill();
    shop.bury();
    left
}

fn check_events(shop: &Shop) {
    assert!(shop.store.verify(|_, _| ()).unwrap().is_whole());
    for (record, number) in shop.all().iter().filter(|record| !is_audit(record)).zip(1..) {
        assert!(event(number).is(record));
    }
    assert!(shop.store.last_seq() >= EVENTS);
}

#[test]
fn the_ballast_is_given_up_when_recovery_lacks_space() {
    let disk = crashed(with_ballast(3_000_000));
    assert!(disk.exists("ballast").unwrap());
    disk.set_free(0);
    disk.plan(Some(Trouble::NoSpace(0)));
    let shop = try_open(Arc::new(disk.clone()), with_ballast(3_000_000), START).unwrap();
    assert!(!disk.exists("ballast").unwrap());
    assert!(!shop.store.is_read_only());
    check_events(&shop);
    shop.close();
}

#[test]
fn a_ballast_that_finds_no_space_keeps_nobody_from_starting() {
    let disk = crashed(with_ballast(0));
    try_open(Arc::new(disk.clone()), with_ballast(0), START).unwrap().close();
    // The disk says it has space, and then has none (a quota).
    disk.plan(Some(Trouble::Full(0)));
    let shop = try_open(Arc::new(disk.clone()), with_ballast(3_000_000), START).unwrap();
    assert!(!shop.store.is_read_only());
    check_events(&shop);
    assert!(!disk.exists("ballast").unwrap());
    shop.bury();
}

#[test]
fn without_any_space_the_store_opens_for_reading_and_touches_nothing() {
    let disk = crashed(with_ballast(0));
    disk.plan(Some(Trouble::NoSpace(0)));
    let shop = try_open(Arc::new(disk.clone()), options(), START).unwrap();
    assert!(shop.store.is_read_only() && shop.store.is_below_reserve());
    check_events(&shop);
    assert_eq!(shop.send(&Sent::new(1, "new")), Some(Decision::BelowReserve));
    assert_eq!(shop.send_many(&[event(1), event(99)]), Some(vec![Decision::BelowReserve; 2]));
    let decide = |_: &_, _| -> Result<_, ()> { panic!("no command is decided") };
    let command: Result<(), CommandError<()>> = crate::shop::wait(shop.store.execute(decide));
    assert!(matches!(command, Err(CommandError::Queue(QueueError::ReadOnly))));
    let calls = disk.calls();
    shop.store.flush().unwrap();
    shop.close();
    assert_eq!(disk.calls(), calls, "nothing was written by the store that only reads");

    disk.plan(None);
    let shop = crate::shop::open(&disk);
    assert!(!shop.store.is_read_only());
    assert!(shop.store.replayed() > 0, "the journal is still what the crash left");
    check_events(&shop);
    shop.store(&event(100));
    shop.close();
}
