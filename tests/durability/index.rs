//! The idempotency index over freezes, merges, restarts and crashes.
//!
//! `MAINSTAY_INDEX=large` adds the test with 1.2 million keys, which takes too long for every day.

use crate::disk::{SimDisk, Trouble};
use crate::held::held;
use crate::shop::{START, Shop, options, try_open};
use crate::tamper::with_database;
use bytes::Bytes;
use mainstay::domain::event::{Attributes, KeyWindow, NewEvent};
use mainstay::domain::idempotency::KeyHash;
use mainstay::domain::ids::TenantNumber;
use mainstay::domain::time::Timestamp;
use mainstay::platform::disk::Disk;
use mainstay::platform::entropy::SeededEntropy;
use mainstay::store::options::StoreOptions;
use mainstay::store::record::draft::Draft;
use mainstay::store::sequencer::queue::Decision;
use redb::{ReadableDatabase, ReadableTable, TableDefinition};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

const FREEZE_LEN: u64 = mainstay::store::index::memory::FREEZE_LEN as u64;
const BATCH: usize = 4_096;

/// Every how many keys one is looked at.
const SAMPLE: usize = 499;

const HOUR: Duration = Duration::from_hours(1);

fn large_segments() -> StoreOptions {
    StoreOptions { journal_segment_bytes: 4 << 20, cache_bytes: 16 << 20, ..options() }
}

fn start(disk: impl Disk) -> Shop {
    try_open(Arc::new(disk), large_segments(), START).unwrap()
}

/// Makes an event with the key of the number; the event of key n is event n + 1.
fn draft(number: u64, window: KeyWindow) -> Draft {
    let mut attributes = Attributes::new("s", "t").unwrap();
    let spread = u128::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    attributes.key_hash = Some(KeyHash(spread ^ (spread >> 61)));
    let event = NewEvent { attributes, payload: Bytes::new(), key_window: window };
    Draft::new(TenantNumber(1), &event, number, &SeededEntropy::new(number)).unwrap()
}

fn fill(shop: &Shop, keys: Range<u64>) {
    let keys: Vec<u64> = keys.collect();
    for batch in keys.chunks(BATCH) {
        let drafts = batch.iter().map(|number| draft(*number, KeyWindow::Lasting(HOUR))).collect();
        let decisions = shop.store.append_many(drafts).unwrap().blocking_recv().unwrap();
        for (decision, number) in decisions.into_iter().zip(batch) {
            assert!(
                matches!(decision, Decision::Stored { seq, .. } if seq == number + 1),
                "{number}: {decision:?}"
            );
        }
    }
}

/// Checks that sampled keys are duplicates of their events.
fn check(shop: &Shop, keys: Range<u64>) {
    let keys: Vec<u64> = keys.step_by(SAMPLE).collect();
    let drafts = keys.iter().map(|number| draft(*number, KeyWindow::Lasting(HOUR))).collect();
    let decisions = shop.store.append_many(drafts).unwrap().blocking_recv().unwrap();
    for (decision, number) in decisions.into_iter().zip(keys) {
        assert!(
            matches!(decision, Decision::Duplicate { seq, .. } if seq == number + 1),
            "{number}: {decision:?}"
        );
    }
}

/// Returns (id, level, last event) of every run that is durable, and the numbers of all rows and filters.
fn runs(disk: &SimDisk) -> (Vec<(u64, u8, u64)>, BTreeSet<u64>) {
    with_database(&disk.copy(), |database| {
        let read = database.begin_read().unwrap();
        let table = read.open_table(TableDefinition::<u64, &[u8]>::new("index_runs_v1")).unwrap();
        let run = |id: u64, row: &[u8]| (id, row[1], u64::from_be_bytes(row[10..18].try_into().unwrap()));
        let found =
            table.iter().unwrap().map(|row| row.unwrap()).map(|(id, row)| run(id.value(), row.value()));
        let rows = read.open_table(TableDefinition::<(u64, u128), &[u8]>::new("index_rows_v1")).unwrap();
        let mut ids: BTreeSet<u64> = rows.iter().unwrap().map(|row| row.unwrap().0.value().0).collect();
        let parts = read.open_table(TableDefinition::<(u64, u32), &[u8]>::new("index_filters_v1")).unwrap();
        ids.extend(parts.iter().unwrap().map(|row| row.unwrap().0.value().0));
        (found.collect(), ids)
    })
}

/// Waits until the helper thread has made durable what the condition asks for, and nothing else is left.
fn wait_for(disk: &SimDisk, reached: impl Fn(&[(u64, u8, u64)]) -> bool) {
    loop {
        let (runs, ids) = runs(disk);
        if reached(&runs) && ids == runs.iter().map(|(id, _, _)| *id).collect() {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
fn keys_are_remembered_over_freezes_restarts_and_kills() {
    let keys = 2 * FREEZE_LEN + 1_000;
    let disk = SimDisk::new();
    let shop = start(disk.clone());
    fill(&shop, 0..keys);
    check(&shop, 0..keys);
    wait_for(&disk, |runs| runs.len() == 2);
    check(&shop, 0..keys);
    let killed = disk.kill();
    shop.bury();
    let shop = start(killed.clone());
    check(&shop, 0..keys);
    shop.clone().close();
    drop(shop);
    let shop = start(killed);
    check(&shop, 0..keys);
    // An hour later every key counts as new, and then the new use counts.
    shop.clock.advance(HOUR);
    let again = |number| shop.store.append(draft(number, KeyWindow::Lasting(HOUR))).unwrap().blocking_recv();
    assert!(matches!(again(7), Ok(Decision::Stored { seq, .. }) if seq == keys + 1));
    assert!(matches!(again(7), Ok(Decision::Duplicate { seq, .. }) if seq == keys + 1));
    shop.close();
}

#[test]
fn runs_older_than_the_retention_are_dropped_with_their_rows() {
    let disk = SimDisk::new();
    let options = StoreOptions { key_retention_max: Some(HOUR), ..large_segments() };
    let shop = try_open(Arc::new(disk.clone()), options, START).unwrap();
    fill(&shop, 0..FREEZE_LEN);
    wait_for(&disk, |runs| runs.len() == 1);
    shop.clock.advance(2 * HOUR);
    fill(&shop, FREEZE_LEN..2 * FREEZE_LEN);
    wait_for(&disk, |runs| matches!(runs, [(2, 0, last)] if *last == 2 * FREEZE_LEN));
    check(&shop, FREEZE_LEN..2 * FREEZE_LEN);
    shop.close();
}

#[test]
fn runs_that_are_old_by_a_jump_of_the_clock_alone_are_kept() {
    let disk = SimDisk::new();
    let options = StoreOptions { key_retention_max: Some(48 * HOUR), ..large_segments() };
    let shop = try_open(Arc::new(disk.clone()), options, START).unwrap();
    fill(&shop, 0..FREEZE_LEN);
    wait_for(&disk, |runs| runs.len() == 1);
    shop.clock.advance(Duration::from_mins(1));
    shop.clock.set(Timestamp::from_micros(START).saturating_add(960 * HOUR));
    fill(&shop, FREEZE_LEN..2 * FREEZE_LEN);
    wait_for(&disk, |runs| runs.len() == 2);
    shop.clock.advance(24 * HOUR);
    fill(&shop, 2 * FREEZE_LEN..3 * FREEZE_LEN);
    // A day later the jump is believed. What came meanwhile is no older for it.
    wait_for(&disk, |runs| matches!(runs, [(2, ..), (3, ..)]));
    shop.close();
}

/// Makes the filters of all runs what earlier versions stored: the low byte of every slot alone.
fn shorten_filters(disk: &SimDisk) -> usize {
    const DESCRIPTOR_LEN: usize = 20;
    with_database(disk, |database| {
        let transaction = database.begin_write().unwrap();
        let mut filters: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        {
            let definition = TableDefinition::<(u64, u32), &[u8]>::new("index_filters_v1");
            let mut table = transaction.open_table(definition).unwrap();
            for row in table.iter().unwrap() {
                let (key, part) = row.unwrap();
                filters.entry(key.value().0).or_default().extend(part.value());
            }
            table.retain(|_, _| false).unwrap();
            for (run, filter) in &filters {
                let low = DESCRIPTOR_LEN + (filter.len() - DESCRIPTOR_LEN) / 2;
                for (part, bytes) in filter[..low].chunks(3_900).enumerate() {
                    table.insert((*run, u32::try_from(part).unwrap()), bytes).unwrap();
                }
            }
        }
        transaction.commit().unwrap();
        filters.len()
    })
}

#[test]
fn filters_of_an_earlier_version_are_asked_beside_those_of_this() {
    let keys = FREEZE_LEN + 1_000;
    let disk = SimDisk::new();
    let shop = start(disk.clone());
    fill(&shop, 0..keys);
    wait_for(&disk, |runs| runs.len() == 1);
    shop.close();
    assert_eq!(shorten_filters(&disk), 1);
    let shop = start(disk.clone());
    check(&shop, 0..keys);
    fill(&shop, keys..2 * FREEZE_LEN + 1_000);
    wait_for(&disk, |runs| runs.len() == 2);
    shop.close();
    let shop = start(disk);
    check(&shop, 0..2 * FREEZE_LEN + 1_000);
    shop.close();
}

#[test]
fn a_crash_while_a_run_is_written_forgets_no_key_and_leaves_no_rows() {
    let keys = FREEZE_LEN - 100;
    let disk = SimDisk::new();
    let shop = start(disk.clone());
    fill(&shop, 0..keys);
    shop.close();
    for at in (1..60).step_by(7) {
        let disk = disk.copy();
        let shop = start(disk.clone());
        disk.plan(Some(Trouble::Cut(disk.calls() + at)));
        let drafts = (keys..keys + 200).map(|number| draft(number, KeyWindow::Lasting(HOUR))).collect();
        let acknowledged = shop.store.append_many(drafts).is_ok_and(|answer| answer.blocking_recv().is_ok());
        shop.bury();
        let disk = if at % 2 == 0 { disk.kill() } else { disk.reboot(at) };
        let shop = start(disk.clone());
        let known = shop.store.last_seq();
        assert!(known >= if acknowledged { keys + 200 } else { keys });
        check(&shop, 0..known);
        fill(&shop, known..keys + 300);
        wait_for(&disk, |runs| matches!(runs, [(_, 0, last)] if *last >= FREEZE_LEN));
        check(&shop, 0..keys + 300);
        shop.close();
    }
}

#[test]
fn a_run_is_never_in_the_database_before_its_events() {
    let keys = FREEZE_LEN - 50;
    let disk = SimDisk::new();
    let shop = start(disk.clone());
    fill(&shop, 0..keys);
    shop.close();
    let shop = start(held(disk.clone()));
    let drafts = (keys..keys + 100).map(|number| draft(number, KeyWindow::Lasting(HOUR))).collect();
    assert!(shop.store.append_many(drafts).unwrap().blocking_recv().is_err(), "the power was cut");
    shop.bury();
    let (runs, _) = runs(&disk);
    assert!(runs.is_empty(), "{runs:?} reaches beyond event {keys}");
    let shop = start(disk.copy());
    fill(&shop, shop.store.last_seq()..keys + 100);
    check(&shop, 0..keys + 100);
    shop.close();
}

#[test]
fn a_million_keys_are_merged_and_none_is_forgotten() {
    if std::env::var("MAINSTAY_INDEX").as_deref() != Ok("large") {
        eprintln!("skipped: set MAINSTAY_INDEX=large to fill the index with 1.2 million keys");
        return;
    }
    let started = std::time::Instant::now();
    let say = |what: &str| eprintln!("{what} after {:?}", started.elapsed());
    let keys = 18 * FREEZE_LEN + 20_000;
    let disk = SimDisk::new();
    let shop = start(disk.clone());
    fill(&shop, 0..15 * FREEZE_LEN + 1_000);
    check(&shop, 0..15 * FREEZE_LEN + 1_000);
    fill(&shop, 15 * FREEZE_LEN + 1_000..keys);
    say("filled");
    let disk = disk.kill();
    shop.bury();
    let shop = start(disk.clone());
    check(&shop, 0..keys);
    say("recovered from the kill");
    wait_for(&disk, |runs| {
        let newest = runs.iter().map(|(_, _, last)| *last).max();
        newest == Some(18 * FREEZE_LEN) && runs.iter().any(|(_, level, _)| *level == 1)
    });
    say("merged");
    check(&shop, 0..keys);
    shop.close();
    let shop = start(disk);
    check(&shop, 0..keys);
    assert!(shop.store.verify(|_, _| ()).unwrap().is_whole());
    shop.close();
}
