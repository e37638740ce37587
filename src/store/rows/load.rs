//! Reading rows of one type.

use crate::store::error::StoreError;
use crate::store::rows::stored::{RowKey, Stored, decode};
use crate::store::rows::value::Counter;
use crate::store::tables::RowTable;
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTableMetadata};
use std::ops::{RangeBounds, RangeInclusive};

/// Reads every row, by key.
pub(in crate::store) fn load_all<T: Stored>(database: &Database) -> Result<Vec<T>, StoreError> {
    decode_range(database, ..)
}

/// Reads the rows between two keys, both included, by key.
pub(in crate::store) fn load_range<T: Stored>(
    database: &Database,
    keys: RangeInclusive<T::Key<'_>>,
) -> Result<Vec<T>, StoreError> {
    let (first, last) = (keys.start().to_bytes(), keys.end().to_bytes());
    decode_range(database, first.as_slice()..=last.as_slice())
}

fn decode_range<'k, T: Stored>(
    database: &Database,
    keys: impl RangeBounds<&'k [u8]>,
) -> Result<Vec<T>, StoreError> {
    let table = database.begin_read()?.open_table(T::TABLE.definition())?;
    let rows = table.range(keys)?;
    rows.map(|row| row.map_err(StoreError::from).and_then(|(key, value)| decode(key.value(), value.value())))
        .collect()
}

/// Reads one row.
pub(in crate::store) fn find<T: Stored>(
    database: &Database,
    key: &T::Key<'_>,
) -> Result<Option<T>, StoreError> {
    let key = key.to_bytes();
    let value = find_value(&database.begin_read()?, T::TABLE, &key)?;
    value.map(|value| decode(&key, &value)).transpose()
}

/// Reads the value of one row as bytes.
pub(in crate::store) fn find_value(
    transaction: &ReadTransaction,
    table: RowTable,
    key: &[u8],
) -> Result<Option<Vec<u8>>, StoreError> {
    let table = transaction.open_table(table.definition())?;
    Ok(table.get(key)?.map(|value| value.value().to_vec()))
}

/// Counts the rows.
pub(in crate::store) fn count<T: Stored>(database: &Database) -> Result<u64, StoreError> {
    Ok(database.begin_read()?.open_table(T::TABLE.definition())?.len()?)
}

/// Reads a lasting counter, 0 if it was never put.
pub(in crate::store) fn counter(database: &Database, name: &str) -> Result<u64, StoreError> {
    Ok(find::<Counter>(database, &name)?.map_or(0, |counter| counter.value))
}
