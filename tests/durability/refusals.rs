//! What opening refuses, and what it accepts in silence.

use crate::disk::{SimDisk, Trouble};
use crate::shop::{START, Sent, Shop, accepting_loss, lazy, open, options, try_open};
use crate::tamper::{JOURNAL, copy, damage, entries, put_meta, with_database};
use mainstay::platform::disk::Disk;
use mainstay::store::error::OpenError;
use mainstay::store::handle::Store;
use mainstay::store::options::StoreOptions;
use mainstay::store::sequencer::queue::Decision;
use std::sync::Arc;

fn event(number: usize) -> Sent {
    Sent::new(1, format!("event {number}")).keyed(format!("key {number}"))
}

/// Returns what a `kill -9` leaves after so many events, each in an entry of its own.
fn crashed(events: usize) -> SimDisk {
    let disk = SimDisk::new();
    let shop = try_open(Arc::new(disk.clone()), lazy(), START).unwrap();
    for number in 1..=events {
        assert_eq!(shop.store(&event(number)), number as u64);
    }
    let left = disk.kill();
    shop.bury();
    left
}

fn stopped(events: usize) -> SimDisk {
    let disk = crashed(events);
    open(&disk).close();
    disk
}

fn refusal(disk: &SimDisk) -> OpenError {
    let before = disk.files();
    let refusal = try_open(Arc::new(disk.clone()), options(), START).map(|_| ()).unwrap_err();
    let journal = |files: Vec<(String, Vec<u8>)>| {
        files.into_iter().filter(|(name, _)| name.starts_with("journal")).collect::<Vec<_>>()
    };
    assert!(journal(before) == journal(disk.files()), "a refusal leaves the journal as it was");
    refusal
}

fn payloads(shop: &Shop) -> Vec<String> {
    shop.all().into_iter().map(|record| String::from_utf8(record.payload).unwrap()).collect()
}

fn events(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("event {number}")).collect()
}

#[test]
fn a_torn_end_is_accepted_and_only_it_is_lost() {
    let disk = crashed(5);
    damage(&disk, entries(&disk).last().unwrap());
    let shop = open(&disk);
    assert_eq!((shop.store.replayed(), shop.store.epoch().0), (4, 1));
    assert_eq!(payloads(&shop), events(1..=4));
    assert_eq!(shop.store(&event(5)), 5, "the torn event's key is free");
    // The torn entry's number is given again; its remains must not stand in the way.
    let again = disk.kill();
    shop.bury();
    let shop = open(&again);
    assert_eq!(payloads(&shop), events(1..=5));
    shop.close();
}

#[test]
fn a_damaged_entry_before_whole_ones_is_corruption() {
    let disk = crashed(5);
    damage(&disk, &entries(&disk)[2]);
    assert!(matches!(refusal(&disk), OpenError::JournalCorrupt(3)));
}

#[test]
fn an_accepted_loss_begins_an_epoch_and_never_brings_orphans_back() {
    let disk = crashed(6);
    damage(&disk, &entries(&disk)[2]);
    let shop = try_open(Arc::new(disk.clone()), accepting_loss(), START).unwrap();
    assert_eq!((shop.store.epoch().0, shop.store.loss_accepted()), (2, true));
    assert_eq!(payloads(&shop), events([1, 2]));
    assert_eq!(shop.store(&event(7)), 3);
    let mut disk = disk.kill();
    shop.bury();
    for round in 0..3 {
        let shop = try_open(Arc::new(disk.clone()), lazy(), START).unwrap();
        assert_eq!((shop.store.epoch().0, shop.store.loss_accepted()), (2, false));
        assert_eq!(payloads(&shop), events([1, 2].into_iter().chain(7..=7 + round)));
        shop.store(&event(8 + round));
        assert!(shop.store.verify(|_, _| ()).unwrap().is_whole());
        disk = disk.kill();
        shop.bury();
    }
}

#[test]
fn a_power_cut_while_a_loss_is_accepted_brings_no_orphans_back() {
    for at in 1..80 {
        let disk = crashed(6);
        damage(&disk, &entries(&disk)[2]);
        disk.plan(Some(Trouble::Cut(at)));
        if let Ok(shop) = try_open(Arc::new(disk.clone()), accepting_loss(), START) {
            shop.bury();
        }
        let disk = disk.reboot(at);
        // Either the loss is still to be accepted or it was.
        let shop = match try_open(Arc::new(disk.clone()), lazy(), START) {
            Err(loss) if loss.is_loss() => try_open(Arc::new(disk.clone()), accepting_loss(), START).unwrap(),
            opened => opened.unwrap(),
        };
        assert!(shop.store.epoch().0 >= 2);
        assert_eq!(payloads(&shop), events([1, 2]));
        shop.store(&event(7));
        let disk = disk.kill();
        shop.bury();
        let shop = open(&disk);
        assert_eq!(payloads(&shop), events([1, 2, 7]));
        shop.close();
    }
}

#[test]
fn nothing_is_given_up_where_nothing_is_lost() {
    let disk = crashed(3);
    let shop = try_open(Arc::new(disk), accepting_loss(), START).unwrap();
    assert_eq!((shop.store.epoch().0, shop.store.loss_accepted()), (1, false));
    assert_eq!(payloads(&shop), events(1..=3));
    shop.close();
}

#[test]
fn another_databases_journal_is_refused() {
    let other = SimDisk::new();
    other_store(&other).close();
    for disk in [crashed(3), stopped(3)] {
        copy(&other, &disk, &JOURNAL[2..3]);
        copy(&other, &disk, &JOURNAL[1..2]);
        let refused = refusal(&disk);
        assert!(matches!(&refused, OpenError::JournalForeign(file) if file == "journal.1"), "{refused}");
        assert!(refused.is_loss());
        let shop = try_open(Arc::new(disk), accepting_loss(), START).unwrap();
        assert_eq!(shop.store.epoch().0, 2);
        shop.close();
    }
}

/// Opens a store with another id than every other test's.
fn other_store(disk: &SimDisk) -> Shop {
    let shop = open(disk);
    shop.close();
    put_meta(disk, "store_id", &[9; 16]);
    for name in JOURNAL {
        disk.lose(name);
    }
    let shop = open(disk);
    shop.store(&event(1));
    shop
}

#[test]
fn a_journal_without_its_database_is_refused() {
    let disk = crashed(2);
    disk.lose("mainstay.redb");
    assert!(matches!(refusal(&disk), OpenError::JournalWithoutDatabase));
}

#[test]
fn a_database_without_its_journal_is_refused_after_a_crash_only() {
    let disk = crashed(2);
    for name in JOURNAL {
        disk.lose(name);
    }
    assert!(matches!(refusal(&disk), OpenError::JournalMissing(missing) if missing == "journal.0"));
    let disk = stopped(2);
    for name in JOURNAL {
        disk.lose(name);
    }
    let shop = open(&disk);
    assert_eq!(payloads(&shop), events(1..=2));
    shop.close();
}

#[test]
fn one_missing_journal_file_is_refused_after_a_crash_only() {
    for name in JOURNAL {
        let disk = crashed(2);
        disk.lose(name);
        assert!(matches!(refusal(&disk), OpenError::JournalMissing(missing) if missing == name));
        let shop = try_open(Arc::new(disk), accepting_loss(), START).unwrap();
        assert_eq!(shop.store.epoch().0, 2);
        shop.close();
        let disk = stopped(2);
        disk.lose(name);
        open(&disk).close();
    }
}

#[test]
fn an_earlier_copy_of_the_journal_is_refused() {
    let disk = crashed(2);
    let earlier = disk.copy();
    let shop = try_open(Arc::new(disk.clone()), lazy(), START).unwrap();
    shop.store(&event(3));
    let disk = disk.kill();
    shop.bury();
    copy(&earlier, &disk, &JOURNAL);
    assert!(matches!(refusal(&disk), OpenError::JournalMissing(_)));
}

#[test]
fn another_journal_format_is_refused_by_name() {
    let disk = crashed(2);
    disk.tamper("journal.2", |bytes| {
        bytes[..8].copy_from_slice(b"MSTJRNL\0");
        bytes[8..12].copy_from_slice(&2u32.to_be_bytes());
        let checksum = crc32c::crc32c(&bytes[..36]);
        bytes[36..40].copy_from_slice(&checksum.to_be_bytes());
    });
    let refused = refusal(&disk);
    assert!(
        matches!(&refused, OpenError::JournalFormat { file, found: 2, expected: 1 } if file == "journal.2")
    );
    assert!(!refused.is_loss());
}

/// Looks at a disk and checks that nothing of it is changed by that.
fn inspected(disk: &SimDisk) -> Result<(), OpenError> {
    let before = disk.files();
    let found = Store::inspect(Arc::new(disk.clone()));
    assert!(disk.files() == before, "looking changes nothing");
    found
}

#[test]
fn looking_refuses_nothing_that_opening_can_mend() {
    inspected(&SimDisk::new()).unwrap();
    for disk in [stopped(2), crashed(2)] {
        inspected(&disk).unwrap();
    }
    let orphaned = crashed(2);
    orphaned.remove("mainstay.redb").unwrap();
    assert!(matches!(inspected(&orphaned), Err(OpenError::JournalWithoutDatabase)));
}

#[test]
fn a_newer_schema_is_refused() {
    let disk = stopped(2);
    inspected(&disk).unwrap();
    put_meta(&disk, "schema", &99u32.to_be_bytes());
    put_meta(&disk, "min_reader", &99u32.to_be_bytes());
    assert!(matches!(inspected(&disk), Err(OpenError::TooNew { found: 99, .. })));
    assert!(matches!(refusal(&disk), OpenError::TooNew { found: 99, .. }));
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    for bytes in [Vec::new(), b"hello".to_vec(), vec![7; 100_000], vec![0; 1 << 20]] {
        let disk = SimDisk::new();
        disk.tamper("mainstay.redb", |file| *file = bytes.clone());
        assert!(matches!(inspected(&disk), Err(OpenError::Foreign(_))));
        let refused = refusal(&disk);
        assert!(matches!(refused, OpenError::Foreign(_)), "{} bytes: {refused:?}", bytes.len());
        assert!(disk.files() == [("mainstay.redb".to_owned(), bytes)]);
    }
}

#[test]
fn a_database_of_something_else_is_refused() {
    let disk = SimDisk::new();
    disk.tamper("mainstay.redb", |_| ());
    with_database(&disk, |database| {
        let transaction = database.begin_write().unwrap();
        let table = redb::TableDefinition::<u64, u64>::new("other");
        transaction.open_table(table).unwrap().insert(1, 1).unwrap();
        transaction.commit().unwrap();
    });
    assert!(matches!(refusal(&disk), OpenError::Foreign(_)));
}

#[test]
fn a_power_cut_while_segments_change_their_length_refuses_nothing() {
    for at in 1..60 {
        let disk = crashed(3);
        let larger = StoreOptions { journal_segment_bytes: 512 << 10, ..options() };
        disk.plan(Some(Trouble::Cut(at)));
        if let Ok(shop) = try_open(Arc::new(disk.clone()), larger, START) {
            shop.bury();
        }
        let shop = open(&disk.reboot(at));
        assert_eq!(payloads(&shop), events(1..=3), "cut at {at}");
        assert!(matches!(shop.send(&event(2)), Some(Decision::Duplicate { seq: 2, .. })));
        shop.close();
    }
}
