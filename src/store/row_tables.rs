//! Names of the row tables by their codes, tables of newer programs included.
//!
//! The database keeps them, so that a program can apply journal entries with rows of tables that only a newer one
//! knows: keys and values are bytes in every row table.

use crate::store::database::{begin, commit, meta};
use crate::store::error::StoreError;
use crate::store::options::CommitKind;
use crate::store::rows::stored::{from_json, to_json};
use crate::store::tables::ROW_TABLES;
use redb::Database;
use std::collections::BTreeMap;

/// The name of each row table, by code.
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
