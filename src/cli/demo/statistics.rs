//! Counts, rates and latencies. The counts continue over runs: they are kept in the demo's own database.

use crate::cli::exit::Failure;
use crate::store::effects::Effects;
use crate::store::handle::Store;
use crate::store::rows::value::Counter;
use indicatif::HumanCount;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

const RUNS: &str = "demo.runs";
const STORED: &str = "demo.stored";
const REPEATS: &str = "demo.repeats";
const REFUSED: &str = "demo.refused";

/// Answers whose latency counts for the percentiles: the latest, so that a change shows.
const LATENCIES_MAX: usize = 1_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) stored: u64,
    pub(super) repeats: u64,
    pub(super) refused: u64,
}

impl Counts {
    /// Returns stored, repeats and refused as people read them.
    pub(super) fn shown(self) -> [HumanCount; 3] {
        [self.stored, self.repeats, self.refused].map(HumanCount)
    }
}

/// What became of this run's requests, beside those of all runs before.
#[derive(Clone, Debug)]
pub(super) struct Statistics {
    /// Which run this is, from 1.
    pub(super) run: u64,
    before: Counts,
    pub(super) now: Counts,
    pub(super) unexpected: u64,
    /// Places of this run's first and last event.
    pub(super) seqs: Option<(u64, u64)>,
    latencies: VecDeque<Duration>,
}

impl Statistics {
    /// Begins a run: its number is durable before anything is sent, because documents are numbered by it.
    pub(super) async fn begin(store: &Store) -> Result<Self, Failure> {
        let counter = |name| store.counter(name).map_err(|error| Failure::from_error(&error));
        let run = counter(RUNS)? + 1;
        let before =
            Counts { stored: counter(STORED)?, repeats: counter(REPEATS)?, refused: counter(REFUSED)? };
        let begun = store
            .execute(move |_, _| Ok::<_, Infallible>((Effects::default().put(&Counter::new(RUNS, run)), ())));
        begun.await.map_err(|error| Failure::from_error(&error))?;
        Ok(Self::new(run, before))
    }

    /// Writes the counts without waiting; a crash loses what was counted since the last time.
    pub(super) fn save(&self, store: &Store) {
        let Counts { stored, repeats, refused } = self.in_all();
        let effects = Effects::default()
            .put(&Counter::new(STORED, stored))
            .put(&Counter::new(REPEATS, repeats))
            .put(&Counter::new(REFUSED, refused));
        if let Err(error) = store.put(effects) {
            tracing::warn!(error = %error, "The demo's counters were not written; the next second writes them again");
        }
    }

    pub(super) fn new(run: u64, before: Counts) -> Self {
        let now = Counts::default();
        Self { run, before, now, unexpected: 0, seqs: None, latencies: VecDeque::new() }
    }

    /// Counts an event stored at a place such as `/v1/events/7`.
    pub(super) fn stored(&mut self, location: &str) {
        self.now.stored += 1;
        if let Some(seq) = location.rsplit('/').next().and_then(|seq| seq.parse().ok()) {
            let (first, last) = self.seqs.unwrap_or((seq, seq));
            self.seqs = Some((first.min(seq), last.max(seq)));
        }
    }

    pub(super) fn answered(&mut self, latency: Duration) {
        if self.latencies.len() == LATENCIES_MAX {
            self.latencies.pop_front();
        }
        self.latencies.push_back(latency);
    }

    pub(super) fn in_all(&self) -> Counts {
        Counts {
            stored: self.before.stored + self.now.stored,
            repeats: self.before.repeats + self.now.repeats,
            refused: self.before.refused + self.now.refused,
        }
    }

    /// Returns the time under which so many of a hundred of the latest answers took, in milliseconds.
    fn percentile_ms(&self, percent: usize) -> Option<f64> {
        let mut sorted: Vec<Duration> = self.latencies.iter().copied().collect();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).map(|latency| latency.as_secs_f64() * 1_000.0)
    }

    /// Returns how many events a second this run has stored.
    pub(super) fn rate(&self, elapsed: Duration) -> f64 {
        let seconds = elapsed.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate with one decimal")]
        if seconds > 0.0 { self.now.stored as f64 / seconds } else { 0.0 }
    }

    /// Returns the state as a line for people, without the time.
    pub(super) fn line(&self, elapsed: Duration) -> String {
        let [stored, repeats, refused] = self.in_all().shown();
        let latency =
            |percent| self.percentile_ms(percent).map_or_else(|| "-".to_owned(), |ms| format!("{ms:.1} ms"));
        let (median, slow, rate) = (latency(50), latency(95), self.rate(elapsed));
        format!(
            "stored {stored}  repeats {repeats}  refused {refused}  p50 {median}  p95 {slow}  ({rate:.1}/s)"
        )
    }

    /// Returns the state for scripts; the counts outside `run` are those of all runs.
    pub(super) fn json(&self, elapsed: Duration) -> Value {
        let Counts { stored, repeats, refused } = self.in_all();
        let tenths = |number: f64| (number * 10.0).round() / 10.0;
        let thousandths = |number: f64| (number * 1_000.0).round() / 1_000.0;
        json!({
            "stored": stored,
            "repeats": repeats,
            "refused": refused,
            "p50_ms": self.percentile_ms(50).map(thousandths),
            "p95_ms": self.percentile_ms(95).map(thousandths),
            "run": {
                "number": self.run,
                "seconds": tenths(elapsed.as_secs_f64()),
                "stored": self.now.stored,
                "repeats": self.now.repeats,
                "refused": self.now.refused,
                "unexpected": self.unexpected,
                "stored_per_second": tenths(self.rate(elapsed)),
                "first_seq": self.seqs.map(|(first, _)| first),
                "last_seq": self.seqs.map(|(_, last)| last),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_go_on_from_the_runs_before() {
        let mut statistics = Statistics::new(2, Counts { stored: 1_233, repeats: 61, refused: 12 });
        statistics.stored("/v1/events/1300");
        statistics.now.repeats += 1;
        statistics.answered(Duration::from_micros(1_200));
        let line = statistics.line(Duration::from_millis(100));
        assert_eq!(line, "stored 1,234  repeats 62  refused 12  p50 1.2 ms  p95 1.2 ms  (10.0/s)");
        let json = statistics.json(Duration::from_millis(100));
        assert_eq!((json["stored"].as_u64(), json["run"]["stored"].as_u64()), (Some(1_234), Some(1)));
        assert_eq!(json["run"]["last_seq"], 1_300);
    }

    #[test]
    fn percentiles_are_of_the_latest_answers() {
        let mut statistics = Statistics::new(1, Counts::default());
        assert_eq!(statistics.percentile_ms(50), None);
        assert!(statistics.line(Duration::ZERO).ends_with("p50 -  p95 -  (0.0/s)"));
        (0..5_000).for_each(|_| statistics.answered(Duration::from_secs(9)));
        (1..=1_000).for_each(|ms| statistics.answered(Duration::from_millis(ms)));
        assert_eq!(statistics.percentile_ms(50), Some(500.0));
        assert_eq!(statistics.percentile_ms(95), Some(950.0));
    }
}
