//! The same commands, clock and entropy give the same tables, keys and values.

use crate::disk::SimDisk;
use crate::shop::{Sent, Shop, open};
use crate::tamper::with_database;
use mainstay::crypto::digest::Digest;
use redb::{Key, ReadableDatabase, ReadableTable, TableDefinition, Value};
use std::time::Duration;

/// Events of the longest batch: more than a block, in several entries.
const BATCH: usize = 6_000;

fn perform(shop: &Shop) {
    for number in 0..50u32 {
        shop.clock.advance(Duration::from_millis(3));
        let payload = format!("{number} ").repeat(usize::try_from(number).unwrap() * 20);
        let sent = Sent::new(1 + number % 3, payload);
        shop.store(&if number % 2 == 0 { sent.clone() } else { sent.keyed(format!("key {number}")) });
        if number % 10 == 0 {
            assert!(shop.command(200 + number, number.into()));
        }
    }
    let batch: Vec<_> =
        (0..BATCH).map(|number| Sent::new(1 + u32::try_from(number % 5).unwrap(), "{}")).collect();
    assert_eq!(shop.send_many(&batch).unwrap().len(), BATCH);
}

/// Returns every row of a table in readable form.
fn rows<K: Key + 'static, V: Value + 'static>(disk: &SimDisk, name: &str) -> Vec<String> {
    with_database(disk, |database| {
        let definition = TableDefinition::<K, V>::new(name);
        let table = database.begin_read().unwrap().open_table(definition).unwrap();
        let row = |row: Result<(redb::AccessGuard<'_, K>, redb::AccessGuard<'_, V>), _>| {
            let (key, value) = row.unwrap();
            format!("{name} {:?} {:?}", key.value(), value.value())
        };
        table.iter().unwrap().map(row).collect()
    })
}

fn run() -> (Digest, Vec<String>) {
    let disk = SimDisk::new();
    let shop = open(&disk);
    perform(&shop);
    shop.store.flush().unwrap();
    let root = shop.store.head().unwrap().frontier.root();
    shop.close();
    let mut all = rows::<u64, &[u8]>(&disk, "events_v1");
    all.extend(rows::<&str, &[u8]>(&disk, "meta_v1"));
    all.extend(rows::<(), &[u8]>(&disk, "head_v1"));
    all.extend(rows::<(u64, u32), &[u8]>(&disk, "payloads_v1"));
    all.extend(rows::<u64, &[u8]>(&disk, "blocks_v1"));
    all.extend(rows::<(u64, u32), &[u8]>(&disk, "block_tenants_v1"));
    for name in ["tenants_v1", "tokens_v1", "operators_v1", "counters_v1"] {
        all.extend(rows::<&[u8], &[u8]>(&disk, name));
    }
    (root, all)
}

#[test]
fn the_same_commands_clock_and_entropy_give_the_same_rows() {
    let (first, second) = (run(), run());
    assert_eq!(first.0, second.0);
    assert_eq!(first.1.len(), second.1.len());
    for (one, other) in first.1.iter().zip(&second.1) {
        assert!(one == other, "{one:.80} differs");
    }
}
