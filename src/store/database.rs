//! The redb file: opening, the one way to commit.

use crate::platform::disk::{Disk, DiskFile};
use crate::store::error::{OpenError, StoreError};
use crate::store::journal::scan;
use crate::store::journal::segment::StoreId;
use crate::store::options::CommitKind;
use crate::store::rows::stored::{from_json, to_json};
use crate::store::tables::{META, ROW_TABLES};
#[cfg(test)]
use crate::store::{effects::RowChange, tables::RowTable};
use redb::{Database, Durability, Key, ReadableDatabase, StorageBackend, Table, WriteTransaction};
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// Name of the database file.
pub const FILE_NAME: &str = "mainstay.redb";

/// Name under which a new database is made before it is renamed into place.
pub(super) const NEW_FILE_NAME: &str = "mainstay.redb.new";

/// A disk's file as redb's storage.
#[derive(Debug)]
pub struct Backend(pub Arc<dyn DiskFile>);

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write_at(offset, data)
    }
}

/// Opens a database file of the disk, or makes one in an empty file.
pub(super) fn open(disk: &dyn Disk, name: &str, cache_bytes: usize) -> Result<Database, OpenError> {
    let file = disk.open(name)?;
    let open = || Database::builder().set_cache_size(cache_bytes).create_with_backend(Backend(file));
    // redb asserts what it reads while it repairs: of a damaged file that is an answer, not the end of the program.
    let opened = std::panic::catch_unwind(AssertUnwindSafe(open));
    Ok(opened.map_err(|_panic| OpenError::Damaged("its pages contradict each other".into()))??)
}

/// Opens a database that must be there, and one of ours.
pub(super) fn open_existing(disk: &dyn Disk, cache_bytes: usize) -> Result<(Database, StoreId), OpenError> {
    if !disk.exists(FILE_NAME)? {
        let orphaned = scan::exists(disk)?;
        return Err(if orphaned { OpenError::JournalWithoutDatabase } else { OpenError::Missing });
    }
    if disk.open(FILE_NAME)?.is_empty()? {
        // redb would make a new database in it.
        return Err(OpenError::Foreign("it is empty".into()));
    }
    let database = open(disk, FILE_NAME, cache_bytes)?;
    match meta::find(&database, meta::STORE_ID)? {
        Some(store) => Ok((database, store)),
        None => Err(OpenError::Foreign("it holds other tables".into())),
    }
}

/// Begins a write transaction. Every write of the store goes through this function and [`commit`].
pub(super) fn begin(database: &Database, kind: CommitKind) -> Result<WriteTransaction, StoreError> {
    let mut transaction = database.begin_write()?;
    match kind {
        CommitKind::Visible => transaction.set_durability(Durability::None)?,
        // Without quick repair a crash after this commit would cost a walk of the whole file.
        CommitKind::Durable => {
            transaction.set_durability(Durability::Immediate)?;
            transaction.set_quick_repair(true);
        }
    }
    Ok(transaction)
}

/// Commits; a durable commit makes all visible ones before it durable as well.
pub(super) fn commit(transaction: WriteTransaction) -> Result<(), StoreError> {
    Ok(transaction.commit()?)
}

/// Puts a row, or removes the one that is there where it has no value.
pub(super) fn put_or_remove<'k, K: Key + 'static>(
    table: &mut Table<'_, K, &'static [u8]>,
    key: impl Borrow<K::SelfType<'k>>,
    value: Option<&[u8]>,
) -> Result<(), StoreError> {
    match value {
        Some(value) => drop(table.insert(key, value)?),
        None => drop(table.remove(key)?),
    }
    Ok(())
}

/// Makes a database in memory with the tables that rows travel to through the journal.
#[cfg(test)]
pub(super) fn in_memory(tables: &[RowTable]) -> Database {
    let database = Database::builder().create_with_backend(redb::backends::InMemoryBackend::new()).unwrap();
    let transaction = begin(&database, CommitKind::Visible).unwrap();
    for table in tables {
        transaction.open_table(table.definition()).unwrap();
    }
    commit(transaction).unwrap();
    database
}

/// Writes rows that travel through the journal.
#[cfg(test)]
pub(super) fn write_rows(database: &Database, rows: &[RowChange]) {
    let transaction = begin(database, CommitKind::Visible).unwrap();
    for row in rows {
        let table = RowTable::from_code(row.table).unwrap();
        let mut table = transaction.open_table(table.definition()).unwrap();
        put_or_remove(&mut table, row.key.as_slice(), row.value.as_deref()).unwrap();
    }
    commit(transaction).unwrap();
}

/// The rows of table `meta`.
pub(super) mod meta {
    use super::{CommitKind, Database, META, ReadableDatabase, StoreError, WriteTransaction};

    pub(in crate::store) const STORE_ID: &str = "store_id";
    pub(in crate::store) const INSTANCE_KEY: &str = "instance_key";
    pub(in crate::store) const SCHEMA: &str = "schema";
    pub(in crate::store) const MIN_READER: &str = "min_reader";
    pub(in crate::store) const ROW_TABLES: &str = "row_tables";
    pub(in crate::store) const EPOCH: &str = "epoch";
    pub(in crate::store) const CREATED_AT: &str = "created_at";
    pub(in crate::store) const SEALING_KEY: &str = "sealing_key";
    pub(in crate::store) const JOURNAL_OPEN: &str = "journal_open";

    /// Reads a row of known length; none if it is not there.
    pub(in crate::store) fn find<const N: usize>(
        database: &Database,
        name: &'static str,
    ) -> Result<Option<[u8; N]>, StoreError> {
        let Some(bytes) = find_bytes(database, name)? else { return Ok(None) };
        let bytes = bytes.try_into().map_err(|_length| StoreError::corrupt("the row", name))?;
        Ok(Some(bytes))
    }

    /// Reads a row of known length that must be there.
    pub(in crate::store) fn load<const N: usize>(
        database: &Database,
        name: &'static str,
    ) -> Result<[u8; N], StoreError> {
        find(database, name)?.ok_or_else(|| StoreError::corrupt("the row", name))
    }

    /// Reads a row; none if it is not there.
    pub(in crate::store) fn find_bytes(
        database: &Database,
        name: &'static str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let table = match database.begin_read()?.open_table(META) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(table.get(name)?.map(|value| value.value().to_vec()))
    }

    /// Writes a row.
    pub(in crate::store) fn put(
        transaction: &WriteTransaction,
        name: &'static str,
        value: &[u8],
    ) -> Result<(), StoreError> {
        transaction.open_table(META)?.insert(name, value)?;
        Ok(())
    }

    /// Writes or clears the mark that the journal may hold entries the database lacks; durable.
    pub(in crate::store) fn mark_journal(
        database: &Database,
        generation: Option<u64>,
    ) -> Result<(), StoreError> {
        let transaction = super::begin(database, CommitKind::Durable)?;
        match generation {
            Some(generation) => put(&transaction, JOURNAL_OPEN, &generation.to_be_bytes())?,
            None => drop(transaction.open_table(META)?.remove(JOURNAL_OPEN)?),
        }
        super::commit(transaction)
    }
}

/// The name of each row table, by code; tables of newer programs included. The database keeps them, so that a program can
/// apply journal entries with rows of tables that only a newer one knows: keys and values are bytes in every row table.
#[derive(Debug)]
pub(super) struct RowTables(BTreeMap<u8, String>);

impl RowTables {
    /// Reads the names that the database keeps and adds those of this program; a code never gets another name.
    pub(super) fn settle(database: &Database) -> Result<Self, StoreError> {
        let corrupt = || StoreError::corrupt("the row", meta::ROW_TABLES);
        let mut names = match meta::find_bytes(database, meta::ROW_TABLES)? {
            Some(bytes) => from_json(&bytes).ok_or_else(corrupt)?,
            None => BTreeMap::<u8, String>::new(),
        };
        let before = names.len();
        for table in ROW_TABLES {
            if names.entry(table.code).or_insert_with(|| table.name.to_owned()) != table.name {
                return Err(corrupt());
            }
        }
        if names.len() > before {
            let transaction = begin(database, CommitKind::Durable)?;
            meta::put(&transaction, meta::ROW_TABLES, &to_json(&names))?;
            commit(transaction)?;
        }
        Ok(Self(names))
    }

    /// Returns the name of the table with the code.
    pub(super) fn name(&self, code: u8) -> Option<&str> {
        self.0.get(&code).map(String::as_str)
    }
}
