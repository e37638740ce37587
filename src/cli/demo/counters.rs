//! Counters that continue over runs, kept in the demo's own database.

use crate::cli::demo::tally::{Counts, Tally};
use crate::cli::exit::Failure;
use crate::store::effects::Effects;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::rows::value::Counter;
use std::convert::Infallible;

const RUNS: &str = "demo.runs";
const STORED: &str = "demo.stored";
const REPEATS: &str = "demo.repeats";
const REFUSED: &str = "demo.refused";

/// Begins a run: its number is durable before anything is sent, because documents are numbered by it.
pub(super) async fn begin(store: &Store) -> Result<Tally, Failure> {
    let reader = store.clone();
    let read = tokio::task::spawn_blocking(move || load(&reader)).await;
    let (runs, before) =
        read.map_err(|error| Failure::from_error(&error))?.map_err(|error| Failure::from_error(&error))?;
    let run = runs + 1;
    let begun = store
        .execute(move |_, _| Ok::<_, Infallible>((Effects::default().put(&Counter::new(RUNS, run)), ())));
    begun.await.map_err(|error| Failure::from_error(&error))?;
    Ok(Tally::new(run, before))
}

fn load(store: &Store) -> Result<(u64, Counts), StoreError> {
    let counts = Counts {
        stored: store.counter(STORED)?,
        repeats: store.counter(REPEATS)?,
        refused: store.counter(REFUSED)?,
    };
    Ok((store.counter(RUNS)?, counts))
}

/// Writes the counts without waiting; a crash loses what was counted since the last time.
pub(super) fn save(store: &Store, counts: Counts) {
    let effects = Effects::default()
        .put(&Counter::new(STORED, counts.stored))
        .put(&Counter::new(REPEATS, counts.repeats))
        .put(&Counter::new(REFUSED, counts.refused));
    if let Err(error) = store.put(effects) {
        tracing::warn!(error = %error, "The demo's counters were not written; the next second writes them again");
    }
}
