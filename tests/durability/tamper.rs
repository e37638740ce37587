//! Changes behind the store's back.

use crate::disk::SimDisk;
use mainstay::platform::disk::Disk;
use mainstay::store::database::Backend;
use redb::{Database, ReadableDatabase, TableDefinition};

/// Names of the journal's files.
pub const JOURNAL: [&str; 4] = ["journal.0", "journal.1", "journal.2", "journal.3"];

const DATABASE: &str = "mainstay.redb";
const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta_v1");

/// Returns file and offset of every journal entry, as they lie on the disk.
pub fn entries(disk: &SimDisk) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (name, bytes) in disk.files().into_iter().filter(|(name, _)| name.starts_with("journal.")) {
        let begins = |offset: &usize| bytes[*offset..].starts_with(b"MSTENTRY");
        found.extend((0..bytes.len()).step_by(512).filter(begins).map(|offset| (name.clone(), offset)));
    }
    found
}

/// Damages one byte in the body of the given entry.
pub fn damage(disk: &SimDisk, (name, offset): &(String, usize)) {
    disk.tamper(name, |bytes| bytes[offset + 100] ^= 1);
}

/// Copies files of one disk to another.
pub fn copy(from: &SimDisk, to: &SimDisk, names: &[&str]) {
    for (name, bytes) in from.files() {
        if names.contains(&name.as_str()) {
            to.tamper(&name, |present| *present = bytes);
        }
    }
}

/// Works on the database without the store.
pub fn with_database<T>(disk: &SimDisk, with: impl FnOnce(&Database) -> T) -> T {
    let file = disk.open(DATABASE).unwrap();
    with(&Database::builder().create_with_backend(Backend(file)).unwrap())
}

/// Puts a row of table `meta`.
pub fn put_meta(disk: &SimDisk, name: &str, value: &[u8]) {
    with_database(disk, |database| {
        let transaction = database.begin_write().unwrap();
        transaction.open_table(META).unwrap().insert(name, value).unwrap();
        transaction.commit().unwrap();
    });
}

/// Reads a row of table `meta`.
pub fn read_meta(disk: &SimDisk, name: &str) -> Option<Vec<u8>> {
    with_database(disk, |database| {
        let table = database.begin_read().unwrap().open_table(META).unwrap();
        table.get(name).unwrap().map(|value| value.value().to_vec())
    })
}
