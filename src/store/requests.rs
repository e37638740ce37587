//! Which requests are under way, and room for more of them in their table.

use crate::domain::believed_time::Present;
use crate::domain::request::{
    EarlierRequest, FORGOTTEN_MAX, IdempotentRequest, REMEMBERED_MIN, REQUESTS_MAX, RememberedRequest,
    RequestKey, RequestState,
};
use crate::domain::time::Timestamp;
use crate::platform::locks::lock;
use crate::store::effects::RowChange;
use crate::store::error::StoreError;
use crate::store::rows::load;
use crate::store::rows::stored::decode;
use crate::store::tables::REQUESTS;
use redb::{Database, ReadableDatabase, ReadableTable};
use std::collections::{BinaryHeap, HashSet};
use std::sync::Mutex;

/// What the process itself knows of requests.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// Keys of requests that this process began: a row in progress counts only with its key here, so one that a crash
    /// left counts as absent. Taken for moments.
    under_way: Mutex<HashSet<RequestKey>>,
    /// Before this instant no row is old enough to make room for another; spares reading the full table each time.
    full_until: Mutex<Timestamp>,
}

impl Requests {
    /// Tells what is known of a request that was sent before.
    pub(super) fn find(
        &self,
        database: &Database,
        request: &IdempotentRequest,
    ) -> Result<Option<EarlierRequest>, StoreError> {
        let row = load::find::<RememberedRequest>(database, &&request.key.0)?;
        Ok(row.filter(|row| self.counts(row)).map(|row| row.seen_by(request)))
    }

    fn counts(&self, row: &RememberedRequest) -> bool {
        row.state == RequestState::Done || self.is_under_way(row.key)
    }

    /// Tells whether this process began the request and has not ended it.
    pub(super) fn is_under_way(&self, key: RequestKey) -> bool {
        lock(&self.under_way).contains(&key)
    }

    /// Notes that a request is begun.
    pub(super) fn begin(&self, key: RequestKey) {
        lock(&self.under_way).insert(key);
    }

    /// Notes that a request is given up.
    pub(super) fn end(&self, key: RequestKey) {
        lock(&self.under_way).remove(&key);
    }

    /// Notes the requests that are done by rows which readers see by now.
    pub(super) fn note_applied<'a>(&self, rows: impl Iterator<Item = &'a RowChange>) {
        for row in rows.filter(|row| row.table == REQUESTS.code) {
            let value = row.value.as_deref().unwrap_or_default();
            if let Ok(RememberedRequest { key, state: RequestState::Done, .. }) = decode(&row.key, value) {
                self.end(key);
            }
        }
    }

    /// Makes room for one more row: the deletions that takes, or none if there can be no room. `now` is none while the
    /// clock is not believed: then nothing is old.
    pub(super) fn make_room(
        &self,
        database: &Database,
        key: RequestKey,
        now: Option<Present>,
    ) -> Result<Option<Vec<RowChange>>, StoreError> {
        let rows = load::count::<RememberedRequest>(database)?;
        if rows < REQUESTS_MAX as u64 || load::find::<RememberedRequest>(database, &&key.0)?.is_some() {
            return Ok(Some(Vec::new()));
        }
        let Some(now) = now.filter(|now| now.newest >= *lock(&self.full_until)) else { return Ok(None) };
        let oldest = oldest(database)?;
        let is_old = |(at, _): &&Old| now.judging(*at).duration_since(*at) > REMEMBERED_MIN;
        let deletions: Vec<_> = oldest
            .iter()
            .filter(is_old)
            .filter(|(_, key)| !self.is_under_way(*key))
            .map(|(_, key)| RowChange::delete::<RememberedRequest>(&&key.0))
            .collect();
        if deletions.is_empty() {
            let first = oldest.first().map_or(now.newest, |(at, _)| *at);
            *lock(&self.full_until) = first.saturating_add(REMEMBERED_MIN);
        }
        Ok(Some(deletions).filter(|deletions| !deletions.is_empty()))
    }
}

/// When a request was remembered, and its key.
pub(super) type Old = (Timestamp, RequestKey);

/// Returns the oldest rows, the oldest first: as many as are forgotten at once. Reads the whole table.
pub(super) fn oldest(database: &Database) -> Result<Vec<Old>, StoreError> {
    let table = database.begin_read()?.open_table(REQUESTS.definition())?;
    let mut oldest = BinaryHeap::with_capacity(FORGOTTEN_MAX + 1);
    for row in table.iter()? {
        let (key, value) = row?;
        let RememberedRequest { key, at, .. } = decode(key.value(), value.value())?;
        oldest.push((at, key));
        if oldest.len() > FORGOTTEN_MAX {
            oldest.pop();
        }
    }
    Ok(oldest.into_sorted_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::database::{in_memory, write_rows};

    const REQUEST: IdempotentRequest = IdempotentRequest { key: RequestKey([1; 32]), fingerprint: [2; 32] };

    fn database(rows: &[RememberedRequest]) -> Database {
        let database = in_memory(&[REQUESTS]);
        write_rows(&database, &rows.iter().map(RowChange::put).collect::<Vec<_>>());
        database
    }

    #[test]
    fn a_row_in_progress_counts_while_this_process_works_on_it() {
        let row = REQUEST.remembered(RequestState::InProgress, String::new(), Timestamp::default());
        let (database, requests) = (database(std::slice::from_ref(&row)), Requests::default());
        let found = || requests.find(&database, &REQUEST).unwrap();
        assert_eq!(found(), None);
        requests.begin(REQUEST.key);
        assert_eq!(found(), Some(EarlierRequest::InProgress));
        requests.note_applied([RowChange::put(&row)].iter());
        assert_eq!(found(), Some(EarlierRequest::InProgress), "its own row changes nothing");
        let done = RememberedRequest { state: RequestState::Done, ..row };
        requests.note_applied([RowChange::put(&done)].iter());
        assert_eq!(found(), None);
    }

    #[test]
    fn the_oldest_rows_are_found_whatever_their_keys() {
        let row = |number: u8| RememberedRequest {
            key: RequestKey([number; 32]),
            ..REQUEST.remembered(
                RequestState::Done,
                String::new(),
                Timestamp::from_micros(u64::from(number ^ 0b101)),
            )
        };
        let rows: Vec<_> = (0..8).map(row).collect();
        let found = oldest(&database(&rows)).unwrap();
        let expected: Vec<_> = (0..8).map(|micros| (micros, u8::try_from(micros).unwrap() ^ 0b101)).collect();
        assert_eq!(found.iter().map(|(at, key)| (at.as_micros(), key.0[0])).collect::<Vec<_>>(), expected);
    }
}
