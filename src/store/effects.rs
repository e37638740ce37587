//! Changes of rows, and what a command decided: absolute puts and deletes, which the applier writes blindly.

use crate::domain::event::NewEvent;
use crate::domain::request::IdempotentRequest;
use crate::store::rows::stored::{RowKey, Stored};

/// Most rows of many that are put into one journal entry.
pub const ROWS_PER_ENTRY: usize = 256;

/// One row put or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// Code of the table.
    pub table: u8,
    /// The row's key.
    pub key: Vec<u8>,
    /// The new value; none deletes the row.
    pub value: Option<Vec<u8>>,
}

impl RowChange {
    /// Puts a row.
    pub(super) fn put<T: Stored>(row: &T) -> Self {
        Self { table: T::TABLE.code, key: row.key().to_bytes(), value: Some(row.encode()) }
    }

    /// Deletes a row.
    pub(super) fn delete<T: Stored>(key: &T::Key<'_>) -> Self {
        Self { table: T::TABLE.code, key: key.to_bytes(), value: None }
    }
}

/// What a command decided: rows and events of tenant `system`, all in one journal entry.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    pub(super) rows: Vec<RowChange>,
    pub(super) audit: Vec<NewEvent>,
    /// Requests that are done with this, and where what each made is.
    pub(super) completed: Vec<(IdempotentRequest, String)>,
    /// Where what was made is.
    pub(super) location: Option<String>,
    /// Whether what is believed of the clock is written along.
    pub(super) keeps_clock: bool,
}

impl Effects {
    /// Puts a row.
    #[must_use]
    pub fn put<T: Stored>(mut self, row: &T) -> Self {
        self.rows.push(RowChange::put(row));
        self
    }

    /// Deletes the row with the key, if there is one.
    #[must_use]
    pub fn delete<T: Stored>(mut self, key: T::Key<'_>) -> Self {
        self.rows.push(RowChange::delete::<T>(&key));
        self
    }

    /// Writes what is believed of the clock along; the events have the time that is believed by then.
    #[must_use]
    pub fn keep_clock(mut self) -> Self {
        self.keeps_clock = true;
        self
    }

    /// Adds an event of tenant `system`.
    #[must_use]
    pub fn audit(mut self, event: NewEvent) -> Self {
        self.audit.push(event);
        self
    }

    /// Names the path of what was made: the repeat of the request is told it.
    #[must_use]
    pub fn made(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// Marks a request as done that was begun before, with the path of what it made.
    #[must_use]
    pub fn complete(mut self, request: IdempotentRequest, location: String) -> Self {
        self.completed.push((request, location));
        self
    }

    /// Returns about how many bytes the effects take in memory and journal.
    pub(super) fn len(&self) -> usize {
        let rows = self.rows.iter().map(|row| 8 + row.key.len() + row.value.as_ref().map_or(0, Vec::len));
        let audit = self.audit.iter().map(|event| 512 + event.payload.len());
        let completed = self.completed.iter().map(|(_, location)| 256 + location.len());
        rows.sum::<usize>() + audit.sum::<usize>() + completed.sum::<usize>()
    }
}
