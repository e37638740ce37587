//! Schema versions and the steps between them.
//!
//! Each step runs in one durable transaction that also writes the new version, the oldest schema whose programs can
//! still open the file (`min_reader`), and a row of history. A program opens a database of a newer schema if that allows
//! it and leaves tables alone that it does not know; steps are never taken back.

use crate::domain::time::Timestamp;
use crate::store::database::{begin, commit, meta};
use crate::store::error::{OpenError, StoreError};
use crate::store::head::Head;
use crate::store::options::{CommitKind, Observer, Opening};
use crate::store::rows::stored::{from_json, to_json};
use crate::store::tables::{
    AGENTS, BANS, BLOCK_TENANTS, BLOCKS, CLOCK, COUNTERS, EVENTS, HEAD, INDEX_FILTERS, INDEX_ROWS,
    INDEX_RUNS, JOB_RUNS, LINKS, MIGRATIONS, OPERATORS, PAYLOADS, REQUESTS, RowTable, SERIES, SESSIONS,
    SETTINGS, SOURCES, TENANTS, TOKEN_USES, TOKENS, USAGE,
};
use redb::{Database, ReadableDatabase, ReadableTable, WriteTransaction};
use serde::{Deserialize, Serialize};

/// One step to a schema version.
struct Migration {
    /// The version it leads to.
    version: u32,
    /// What it does, for people.
    name: &'static str,
    /// The oldest schema whose programs can still open the file. It is raised when a member or table that those
    /// programs need goes, an enum gets a variant, or the journal a new kind of change; new tables and members need no
    /// raise.
    min_reader: u32,
    /// Row tables it makes.
    tables: &'static [RowTable],
}

const fn step(version: u32, name: &'static str, min_reader: u32, tables: &'static [RowTable]) -> Migration {
    Migration { version, name, min_reader, tables }
}

/// Every step, in order. The first makes the tables of a new database.
const MIGRATIONS_IN_ORDER: &[Migration] = &[
    step(1, "create the tables", 1, &[TENANTS, TOKENS, OPERATORS, COUNTERS, TOKEN_USES]),
    step(2, "create the table of sources", 2, &[SOURCES]),
    step(3, "create the table of bans", 3, &[BANS]),
    step(4, "create the table of agents", 4, &[AGENTS]),
    step(5, "create the tables of job runs and usage", 5, &[JOB_RUNS, USAGE]),
    step(6, "create the table of settings", 6, &[SETTINGS]),
    step(7, "create the tables of sessions and links", 7, &[SESSIONS, LINKS]),
    step(8, "create the table of series", 8, &[SERIES]),
    step(9, "create the table of requests", 8, &[REQUESTS]),
    step(10, "create the table of the clock", 8, &[CLOCK]),
];

impl Migration {
    /// Changes the tables.
    fn run(&self, transaction: &WriteTransaction) -> Result<(), StoreError> {
        if self.version == 1 {
            create_ledger(transaction)?;
        }
        for table in self.tables {
            transaction.open_table(table.definition())?;
        }
        Ok(())
    }
}

/// Makes the tables of a new database that hold no rows of the journal's.
fn create_ledger(transaction: &WriteTransaction) -> Result<(), StoreError> {
    transaction.open_table(HEAD)?.insert((), Head::default().to_bytes().as_slice())?;
    transaction.open_table(EVENTS)?;
    transaction.open_table(PAYLOADS)?;
    transaction.open_table(BLOCKS)?;
    transaction.open_table(BLOCK_TENANTS)?;
    transaction.open_table(INDEX_RUNS)?;
    transaction.open_table(INDEX_ROWS)?;
    transaction.open_table(INDEX_FILTERS)?;
    transaction.open_table(MIGRATIONS)?;
    Ok(())
}

/// The schema this program works with.
pub const SCHEMA: u32 = 10;

/// One step in the history or still to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationStatus {
    /// Schema version it leads to.
    pub version: u32,
    /// What it does.
    pub name: String,
    /// When it was done; none while it is due.
    pub done_at: Option<Timestamp>,
    /// Version of the program that did it.
    pub program: Option<String>,
}

/// Returns a database's schema; one that a newer program wrote is refused unless the file allows this one.
pub(super) fn find_schema(database: &Database) -> Result<u32, OpenError> {
    let number = |name| meta::find(database, name).map(|row| row.map(u32::from_be_bytes));
    let found = number(meta::SCHEMA)?.unwrap_or(0);
    let min_reader = number(meta::MIN_READER)?.unwrap_or(found);
    if found <= SCHEMA || min_reader <= SCHEMA {
        return Ok(found);
    }
    let step = done(database)?.into_iter().find(|step| step.version == found);
    let program = step.and_then(|step| step.program).unwrap_or_else(|| "of an unknown version".to_owned());
    Err(OpenError::TooNew { found, known: SCHEMA, program })
}

/// Takes every step that is due.
pub(super) fn migrate(database: &Database, now: Timestamp, observer: &dyn Observer) -> Result<(), OpenError> {
    let found = find_schema(database)?;
    for migration in MIGRATIONS_IN_ORDER.iter().filter(|migration| migration.version > found) {
        observer.opening(Opening::Migrating { schema: migration.version, name: migration.name });
        let transaction = begin(database, CommitKind::Durable)?;
        migration.run(&transaction)?;
        meta::put(&transaction, meta::SCHEMA, &migration.version.to_be_bytes())?;
        meta::put(&transaction, meta::MIN_READER, &migration.min_reader.to_be_bytes())?;
        let row = MigrationStatus {
            version: migration.version,
            name: migration.name.to_owned(),
            done_at: Some(now),
            program: Some(env!("CARGO_PKG_VERSION").to_owned()),
        };
        note(&transaction, &row)?;
        commit(transaction)?;
    }
    Ok(())
}

fn note(transaction: &WriteTransaction, step: &MigrationStatus) -> Result<(), StoreError> {
    transaction.open_table(MIGRATIONS)?.insert(step.version, to_json(step).as_slice())?;
    Ok(())
}

/// Returns every step, done and due; those of newer programs too.
pub(super) fn status(database: &Database) -> Result<Vec<MigrationStatus>, StoreError> {
    let mut steps = done(database)?;
    for migration in MIGRATIONS_IN_ORDER {
        if steps.iter().all(|step| step.version != migration.version) {
            let (version, name) = (migration.version, migration.name.to_owned());
            steps.push(MigrationStatus { version, name, done_at: None, program: None });
        }
    }
    steps.sort_by_key(|step| step.version);
    Ok(steps)
}

/// Reads the history: steps that were done, none in a database without it.
fn done(database: &Database) -> Result<Vec<MigrationStatus>, StoreError> {
    let table = match database.begin_read()?.open_table(MIGRATIONS) {
        Ok(table) => table,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut steps = Vec::new();
    for row in table.iter()? {
        let (version, row) = row?;
        let step = from_json(row.value());
        steps.push(step.ok_or_else(|| StoreError::corrupt("migration", version.value()))?);
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::catalog::Catalog;
    use crate::store::database::in_memory;
    use crate::store::tables::ROW_TABLES;
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    /// Keeps the steps it is told.
    #[derive(Default)]
    struct Told(Mutex<Vec<Opening>>);

    impl Observer for Told {
        fn opening(&self, step: Opening) {
            self.0.lock().unwrap().push(step);
        }
    }

    #[test]
    fn a_database_of_the_first_schema_gets_the_tables_that_came_later() {
        let database = in_memory(&[]);
        let transaction = begin(&database, CommitKind::Durable).unwrap();
        MIGRATIONS_IN_ORDER[0].run(&transaction).unwrap();
        meta::put(&transaction, meta::SCHEMA, &1u32.to_be_bytes()).unwrap();
        commit(transaction).unwrap();
        assert!(Catalog::load(&database).is_err());

        let told = Told::default();
        migrate(&database, Timestamp::from_micros(7), &told).unwrap();

        let catalog = Catalog::load(&database).unwrap();
        assert!(catalog.sources().count() == 0 && catalog.bans().is_empty() && catalog.settings().is_empty());
        let done: Vec<_> = status(&database).unwrap().iter().map(|step| step.done_at.is_some()).collect();
        assert_eq!(done, [false, true, true, true, true, true, true, true, true, true]);
        assert!(database.begin_read().unwrap().open_table(SERIES.definition()).is_ok());
        let (first, steps) = (
            Opening::Migrating { schema: 2, name: "create the table of sources" },
            told.0.lock().unwrap().len(),
        );
        assert_eq!((told.0.lock().unwrap()[0], steps), (first, MIGRATIONS_IN_ORDER.len() - 1));
        migrate(&database, Timestamp::from_micros(8), &told).unwrap();
        assert_eq!(told.0.lock().unwrap().len(), steps, "what is done is not done again");
    }

    #[test]
    fn the_steps_lead_to_the_schema_one_by_one() {
        let versions: Vec<_> = MIGRATIONS_IN_ORDER.iter().map(|migration| migration.version).collect();
        assert_eq!(versions, (1..=SCHEMA).collect::<Vec<_>>());
        assert!(MIGRATIONS_IN_ORDER.iter().all(|step| step.min_reader <= step.version));
        assert!(
            MIGRATIONS_IN_ORDER.is_sorted_by_key(|step| step.min_reader),
            "no step allows older programs again"
        );
    }

    #[test]
    fn every_row_table_has_its_own_code_and_is_made_by_one_step() {
        let made: Vec<_> =
            MIGRATIONS_IN_ORDER.iter().flat_map(|migration| migration.tables).copied().collect();
        let mut known = ROW_TABLES.to_vec();
        known.sort_by_key(|table| made.iter().position(|one| one == table));
        assert_eq!(known, made);
        let codes: BTreeSet<_> = made.iter().map(|table| table.code).collect();
        assert_eq!(codes.len(), made.len());
    }
}
