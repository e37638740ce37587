//! Files and journals that a newer program wrote.

use crate::disk::SimDisk;
use crate::shop::{START, Shop, accepting_loss, lazy, open, tenant, try_open, wait};
use crate::tamper::{JOURNAL, entries, put_meta, read_meta, with_database};
use mainstay::domain::ids::TenantNumber;
use mainstay::domain::tenant::Tenant;
use mainstay::domain::time::Timestamp;
use mainstay::store::effects::Effects;
use mainstay::store::error::OpenError;
use mainstay::store::handle::{CommandError, Store};
use mainstay::store::rows::value::Counter;
use redb::{ReadableDatabase, TableDefinition};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;

/// A table that no program knows yet, and its code.
const LATER: (u8, &str) = (250, "later_v1");

const TENANTS: &str = "tenants_v1";

/// Returns what a `kill -9` leaves of a journal whose second of three entries the change has been made to.
fn crashed(change: impl FnOnce(&mut [u8])) -> SimDisk {
    let disk = SimDisk::new();
    let shop = try_open(Arc::new(disk.clone()), lazy(), START).unwrap();
    for (name, value) in [("one", 1), ("later", 2), ("three", 3)] {
        shop.store.put(Effects::default().put(&Counter::new(name, value))).unwrap();
        // A probe is an entry of its own, so the rows before it are in another.
        wait(shop.store.probe()).unwrap();
    }
    let left = disk.kill();
    shop.bury();
    let seed = crc32c::crc32c(&read_meta(&left, "store_id").unwrap());
    let holding = |bytes: &[u8]| bytes.windows(5).any(|name| name == b"later");
    let files: Vec<_> = left.files();
    let (name, offset) = entries(&left)
        .into_iter()
        .find(|(name, offset)| {
            let (_, bytes) = files.iter().find(|(file, _)| file == name).unwrap();
            holding(&bytes[*offset..*offset + 512])
        })
        .unwrap();
    left.tamper(&name, |bytes| {
        let entry = &mut bytes[offset..];
        let body_len = u32::from_be_bytes(entry[40..44].try_into().unwrap()) as usize;
        change(&mut entry[48..48 + body_len]);
        let checksum =
            crc32c::crc32c_append(crc32c::crc32c_append(seed, &entry[..44]), &entry[48..48 + body_len]);
        entry[44..48].copy_from_slice(&checksum.to_be_bytes());
    });
    left
}

/// Makes the counter's row one of the later table.
fn move_row(body: &mut [u8]) {
    body[0] = LATER.0;
}

fn name_later(disk: &SimDisk) {
    let known = read_meta(disk, "row_tables").unwrap();
    let mut names: Value = serde_json::from_slice(&known).unwrap();
    names[LATER.0.to_string()] = json!(LATER.1);
    put_meta(disk, "row_tables", names.to_string().as_bytes());
}

fn find_raw(disk: &SimDisk, table: &str, key: &[u8]) -> Option<Vec<u8>> {
    with_database(disk, |database| {
        let table =
            database.begin_read().unwrap().open_table(TableDefinition::<&[u8], &[u8]>::new(table)).unwrap();
        table.get(key).unwrap().map(|value| value.value().to_vec())
    })
}

fn put_raw(disk: &SimDisk, table: &str, key: &[u8], value: &[u8]) {
    with_database(disk, |database| {
        let transaction = database.begin_write().unwrap();
        let definition = TableDefinition::<&[u8], &[u8]>::new(table);
        transaction.open_table(definition).unwrap().insert(key, value).unwrap();
        transaction.commit().unwrap();
    });
}

#[test]
fn rows_of_a_table_that_only_the_database_names_are_applied_and_survive() {
    let disk = crashed(move_row);
    name_later(&disk);
    for _ in 0..2 {
        let shop = open(&disk);
        assert_eq!(shop.store.counter("one").unwrap(), 1);
        assert_eq!((shop.store.counter("later").unwrap(), shop.store.counter("three").unwrap()), (0, 3));
        shop.close();
    }
    assert_eq!(find_raw(&disk, LATER.1, b"later"), Some(2_u64.to_be_bytes().to_vec()));
    let names: Value = serde_json::from_slice(&read_meta(&disk, "row_tables").unwrap()).unwrap();
    assert_eq!((&names["1"], &names[LATER.0.to_string()]), (&json!(TENANTS), &json!(LATER.1)));
}

#[test]
fn an_acknowledged_entry_that_cannot_be_read_refuses_the_start_and_is_not_given_up() {
    let other_kind = |body: &mut [u8]| body[1] = 2;
    for disk in [crashed(move_row), crashed(other_kind)] {
        for options in [lazy(), accepting_loss()] {
            let before = disk.files();
            let refused = try_open(Arc::new(disk.clone()), options, START).map(|_| ()).unwrap_err();
            assert!(matches!(refused, OpenError::JournalUnknown(_)), "{refused}");
            assert!(!refused.is_loss() && refused.to_string().contains(env!("CARGO_PKG_VERSION")));
            let journal = |files: Vec<(String, Vec<u8>)>| {
                files.into_iter().filter(|(name, _)| JOURNAL.contains(&name.as_str())).collect::<Vec<_>>()
            };
            assert!(journal(before) == journal(disk.files()), "a refusal leaves the journal as it was");
        }
    }
    // With the table's name it opens after all.
    let disk = crashed(move_row);
    name_later(&disk);
    open(&disk).close();
}

#[test]
fn a_newer_file_opens_if_it_allows_this_program() {
    let disk = SimDisk::new();
    let shop = open(&disk);
    assert!(shop.command(7, 1));
    let known = shop.store.migrations().unwrap().last().unwrap().version;
    shop.close();
    assert_eq!(read_meta(&disk, "schema").unwrap(), known.to_be_bytes());
    put_raw(&disk, LATER.1, b"a", b"b");
    put_meta(&disk, "schema", &(known + 1).to_be_bytes());
    with_database(&disk, |database| {
        let row = json!({ "version": known + 1, "name": "later", "done_at": null, "program": "9.8.7" });
        let transaction = database.begin_write().unwrap();
        let definition = TableDefinition::<u32, &[u8]>::new("migrations_v1");
        transaction.open_table(definition).unwrap().insert(known + 1, row.to_string().as_bytes()).unwrap();
        transaction.commit().unwrap();
    });
    put_meta(&disk, "min_reader", &known.to_be_bytes());
    Store::inspect(Arc::new(disk.clone())).unwrap();
    let shop = open(&disk);
    assert!(shop.command(8, 2));
    assert_eq!(shop.store.migrations().unwrap().last().unwrap().version, known + 1);
    shop.close();
    assert_eq!(read_meta(&disk, "schema").unwrap(), (known + 1).to_be_bytes());
    assert_eq!(find_raw(&disk, LATER.1, b"a"), Some(b"b".to_vec()));

    put_meta(&disk, "min_reader", &(known + 1).to_be_bytes());
    let refused = try_open(Arc::new(disk), lazy(), START).map(|_| ()).unwrap_err();
    assert!(matches!(&refused, OpenError::TooNew { found, known: own, program }
            if (*found, *own, program.as_str()) == (known + 1, known, "9.8.7")));
    for told in
        [&format!("schema {}", known + 1), &format!("schema {known}"), "9.8.7", env!("CARGO_PKG_VERSION")]
    {
        assert!(refused.to_string().contains(told), "{refused}");
    }
}

fn rename(shop: &Shop, name: &'static str) {
    let renamed: Result<(), CommandError<Infallible>> = wait(shop.store.execute(move |catalog, _| {
        let present = catalog.tenant(TenantNumber(7)).unwrap();
        Ok((Effects::default().put(&Tenant { name: name.to_owned(), ..Tenant::clone(present) }), ()))
    }));
    renamed.unwrap();
}

/// Stores a tenant; returns its row's key and content.
fn stored_tenant(disk: &SimDisk) -> ([u8; 4], Value) {
    let shop = open(disk);
    assert!(shop.command(7, 1));
    shop.close();
    let key = 7_u32.to_be_bytes();
    let row = find_raw(disk, TENANTS, &key).unwrap();
    (key, serde_json::from_slice(&row).unwrap())
}

#[test]
fn members_of_a_row_that_this_program_does_not_know_stay_over_changes_and_crashes() {
    let disk = SimDisk::new();
    let (key, mut row) = stored_tenant(&disk);
    row["colour"] = json!("red");
    row["settings"]["later"] = json!({ "a": [1] });
    put_raw(&disk, TENANTS, &key, row.to_string().as_bytes());

    let shop = try_open(Arc::new(disk.clone()), lazy(), START).unwrap();
    rename(&shop, "First");
    rename(&shop, "Second");
    let left = disk.kill();
    shop.bury();
    open(&left).close();

    let kept: Value = serde_json::from_slice(&find_raw(&left, TENANTS, &key).unwrap()).unwrap();
    row["name"] = json!("Second");
    assert_eq!(kept, row);
}

#[test]
fn unknown_members_go_with_the_row_that_had_them() {
    let disk = SimDisk::new();
    let (key, mut row) = stored_tenant(&disk);
    row["colour"] = json!("red");
    put_raw(&disk, TENANTS, &key, row.to_string().as_bytes());

    let shop = open(&disk);
    let again = tenant(7, Timestamp::from_micros(START));
    let effects = Effects::default().delete::<Tenant>(TenantNumber(7)).put(&again);
    shop.store.put(effects).unwrap();
    shop.close();
    let kept: Value = serde_json::from_slice(&find_raw(&disk, TENANTS, &key).unwrap()).unwrap();
    assert_eq!((kept.get("colour"), &kept["name"]), (None, &json!("Tenant 7")));
}
