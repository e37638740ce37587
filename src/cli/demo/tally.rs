//! Counts, rates and latencies.

use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;

/// Answers whose latency counts for the percentiles: the latest, so that a change shows.
const LATENCIES_MAX: usize = 1_000;

/// What became of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// New events stored.
    pub(super) stored: u64,
    /// Repeats known as such.
    pub(super) repeats: u64,
    /// Bad credentials refused.
    pub(super) refused: u64,
}

/// What became of this run's requests, beside those of all runs before.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    /// Which run this is, from 1.
    pub(super) run: u64,
    before: Counts,
    /// This run's requests.
    pub(super) now: Counts,
    /// Answers that were not due.
    pub(super) unexpected: u64,
    /// Places of this run's first and last event.
    pub(super) seqs: Option<(u64, u64)>,
    latencies: VecDeque<Duration>,
}

impl Tally {
    /// Begins a run.
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

    /// Notes how long an answer took.
    pub(super) fn answered(&mut self, latency: Duration) {
        if self.latencies.len() == LATENCIES_MAX {
            self.latencies.pop_front();
        }
        self.latencies.push_back(latency);
    }

    /// Returns the counts of all runs together.
    pub(super) fn in_all(&self) -> Counts {
        Counts {
            stored: self.before.stored + self.now.stored,
            repeats: self.before.repeats + self.now.repeats,
            refused: self.before.refused + self.now.refused,
        }
    }

    /// Returns the time under which so many of a hundred of the latest answers took, in milliseconds.
    pub(super) fn percentile_ms(&self, percent: usize) -> Option<f64> {
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
        let Counts { stored, repeats, refused } = self.in_all();
        let latency =
            |percent| self.percentile_ms(percent).map_or_else(|| "-".to_owned(), |ms| format!("{ms:.1} ms"));
        format!(
            "stored {}  repeats {}  refused {}  p50 {}  p95 {}  ({:.1}/s)",
            grouped(stored),
            grouped(repeats),
            grouped(refused),
            latency(50),
            latency(95),
            self.rate(elapsed),
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

/// Writes a number with a comma between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_go_on_from_the_runs_before() {
        let mut tally = Tally::new(2, Counts { stored: 1_233, repeats: 61, refused: 12 });
        tally.stored("/v1/events/1300");
        tally.now.repeats += 1;
        tally.answered(Duration::from_micros(1_200));
        let line = tally.line(Duration::from_millis(100));
        assert_eq!(line, "stored 1,234  repeats 62  refused 12  p50 1.2 ms  p95 1.2 ms  (10.0/s)");
        let json = tally.json(Duration::from_millis(100));
        assert_eq!((json["stored"].as_u64(), json["run"]["stored"].as_u64()), (Some(1_234), Some(1)));
        assert_eq!(json["run"]["last_seq"], 1_300);
    }

    #[test]
    fn percentiles_are_of_the_latest_answers() {
        let mut tally = Tally::new(1, Counts::default());
        assert_eq!(tally.percentile_ms(50), None);
        assert!(tally.line(Duration::ZERO).ends_with("p50 -  p95 -  (0.0/s)"));
        (0..5_000).for_each(|_| tally.answered(Duration::from_secs(9)));
        (1..=1_000).for_each(|ms| tally.answered(Duration::from_millis(ms)));
        assert_eq!(tally.percentile_ms(50), Some(500.0));
        assert_eq!(tally.percentile_ms(95), Some(950.0));
    }

    #[test]
    fn thousands_are_set_apart() {
        let texts = [0, 999, 1_000, 12_345, 1_234_567].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }
}
