//! Whole segments of the journal that are gone, cut short or in each other's place.

use crate::disk::SimDisk;
use crate::shop::{START, Sent, accepting_loss, options, try_open};
use crate::tamper::JOURNAL;
use mainstay::store::error::OpenError;
use std::sync::Arc;

/// Events that fill more than one segment of 256 KiB: each takes a sector at least.
const EVENTS: usize = 700;

/// Offset of the generation in a segment's header.
const GENERATION: std::ops::Range<usize> = 28..36;

/// Returns what a `kill -9` leaves after the journal has gone on to another segment.
fn rolled() -> SimDisk {
    let disk = SimDisk::new();
    let shop = try_open(Arc::new(disk.clone()), options(), START).unwrap();
    for number in 1..=EVENTS {
        shop.store(&Sent::new(1, format!("event {number}")).keyed(format!("key {number}")));
    }
    let left = disk.kill();
    shop.bury();
    left
}

fn contents(disk: &SimDisk, name: &str) -> Vec<u8> {
    disk.files().into_iter().find(|(file, _)| file == name).unwrap().1
}

fn newest(disk: &SimDisk) -> &'static str {
    let generation = |name: &&str| contents(disk, name)[GENERATION].to_vec();
    JOURNAL.iter().max_by_key(|name| generation(name)).unwrap()
}

fn refusal(disk: &SimDisk) -> OpenError {
    try_open(Arc::new(disk.clone()), options(), START).map(|_| ()).unwrap_err()
}

#[test]
fn a_newest_segment_that_was_emptied_is_missed() {
    let disk = rolled();
    let name = newest(&disk);
    disk.tamper(name, |bytes| bytes.fill(0));
    assert!(matches!(refusal(&disk), OpenError::JournalMissing(_)));
    let shop = try_open(Arc::new(disk), accepting_loss(), START).unwrap();
    assert_eq!((shop.store.epoch().0, shop.store.loss_accepted()), (2, true));
    shop.close();
}

#[test]
fn a_segment_that_was_cut_short_is_missed() {
    for len in [0, 4_096, 100_000] {
        let disk = rolled();
        disk.tamper(newest(&disk), |bytes| bytes.truncate(len));
        assert!(matches!(refusal(&disk), OpenError::JournalMissing(_)), "{len} bytes left");
    }
}

#[test]
fn segments_in_each_others_place_are_told() {
    let disk = rolled();
    let (name, other) = (newest(&disk), JOURNAL.iter().find(|name| **name != newest(&disk)).unwrap());
    let (mine, others) = (contents(&disk, name), contents(&disk, other));
    disk.tamper(name, |bytes| *bytes = others);
    disk.tamper(other, |bytes| *bytes = mine);
    assert!(matches!(refusal(&disk), OpenError::JournalMisplaced(_)));
}

#[test]
fn an_undamaged_journal_of_several_segments_opens() {
    let shop = try_open(Arc::new(rolled()), options(), START).unwrap();
    assert_eq!(shop.store.last_seq(), EVENTS as u64);
    shop.close();
}
