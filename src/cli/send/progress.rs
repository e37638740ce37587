//! How far it is: a bar on a terminal, elsewhere a line now and then. Both go to stderr.

use crate::cli::output;
use indicatif::{HumanBytes, HumanCount, HumanDuration, MultiProgress, ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often the bar moves by itself, so that its time goes on while nothing is answered.
const TICK: Duration = Duration::from_millis(200);

/// Time between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shorter files are read through for their digest too quickly to show it.
const SHOWN_READING_BYTES_MIN: u64 = 64 * 1024 * 1024;

/// Shows how far it is.
#[derive(Debug)]
pub(super) struct Progress {
    bars: MultiProgress,
    sending: ProgressBar,
    on_terminal: bool,
    /// Counts so far; held only while they change.
    counts: Mutex<Counts>,
}

#[derive(Clone, Copy, Debug)]
struct Counts {
    began: Instant,
    told: Instant,
    bytes_due: u64,
    bytes_before: u64,
    bytes: u64,
    stored: u64,
    repeats: u64,
    refused: u64,
}

/// What some answers say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// Bytes of the file that are dealt with.
    pub(super) bytes: u64,
    /// Newly stored records.
    pub(super) stored: u64,
    /// Records that were stored before.
    pub(super) repeats: u64,
    /// Refused records.
    pub(super) refused: u64,
}

impl Progress {
    /// Begins to show the sending of so many bytes.
    pub(super) fn begin(bytes_due: u64) -> Self {
        let on_terminal = io::stderr().is_terminal();
        let bars = MultiProgress::new();
        let sending = bars.add(ProgressBar::new(bytes_due));
        sending.set_style(style(
            "{wide_bar} {percent}%  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left\n{msg}",
        ));
        if on_terminal {
            sending.enable_steady_tick(TICK);
        }
        let now = Instant::now();
        let counts = Counts {
            began: now,
            told: now,
            bytes_due,
            bytes_before: 0,
            bytes: 0,
            stored: 0,
            repeats: 0,
            refused: 0,
        };
        Self { bars, sending, on_terminal, counts: Mutex::new(counts) }
    }

    /// Begins to show the reading of a file for its digest; of a short one nothing is shown.
    pub(super) fn reading(&self, name: &str, bytes: u64) -> Reading {
        let bar = match bytes {
            SHOWN_READING_BYTES_MIN.. => self.bars.insert_before(&self.sending, ProgressBar::new(bytes)),
            // The length of a pipe is not known.
            0 => self.bars.insert_before(&self.sending, ProgressBar::no_length()),
            _ => ProgressBar::hidden(),
        };
        bar.set_style(style("reading {prefix}  {bytes}  {bytes_per_sec}"));
        bar.set_prefix(name.to_owned());
        Reading(bar)
    }

    /// Adds bytes that were not known at the beginning.
    pub(super) fn add_due(&self, bytes: u64) {
        self.counts().bytes_due += bytes;
        self.sending.inc_length(bytes);
    }

    /// Passes over bytes that an earlier run has dealt with.
    pub(super) fn pass_over(&self, bytes: u64) {
        let mut counts = self.counts();
        counts.bytes += bytes;
        counts.bytes_before += bytes;
        self.sending.inc(bytes);
        self.sending.reset_eta();
    }

    /// Goes on by some answers.
    pub(super) fn step(&self, step: Step) {
        let mut counts = self.counts();
        counts.bytes += step.bytes;
        counts.stored += step.stored;
        counts.repeats += step.repeats;
        counts.refused += step.refused;
        self.sending.inc(step.bytes);
        let now = Instant::now();
        if self.on_terminal {
            self.sending.set_message(counts.line(now));
        } else if now.duration_since(counts.told) >= LINE_EVERY {
            counts.told = now;
            output::note(&counts.whole_line(now));
        }
    }

    /// Shows a remark.
    pub(super) fn note(&self, text: &str) {
        self.bars.suspend(|| output::note(text));
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.sending.finish_and_clear();
    }

    /// Returns the time since the beginning.
    pub(super) fn elapsed(&self) -> Duration {
        self.counts().began.elapsed()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn line(&self, now: Instant) -> String {
        let records = self.stored + self.repeats + self.refused;
        let millis = now.duration_since(self.began).as_millis().max(1);
        format!(
            "stored {}, repeats {}, refused {}, {} records/s",
            HumanCount(self.stored),
            HumanCount(self.repeats),
            HumanCount(self.refused),
            u128::from(records) * 1_000 / millis,
        )
    }

    fn whole_line(&self, now: Instant) -> String {
        let elapsed = now.duration_since(self.began);
        let done = self.bytes.saturating_sub(self.bytes_before);
        let left = self.bytes_due.saturating_sub(self.bytes);
        let millis = elapsed.as_millis() * u128::from(left) / u128::from(done.max(1));
        let left = Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
        format!(
            "{} of {}, {}, {} left",
            HumanBytes(self.bytes),
            HumanBytes(self.bytes_due),
            self.line(now),
            HumanDuration(left),
        )
    }
}

/// Shows the reading of a file until it is dropped.
#[derive(Debug)]
pub(super) struct Reading(ProgressBar);

impl Reading {
    /// Goes on by so many bytes.
    pub(super) fn step(&self, bytes: usize) {
        self.0.inc(bytes as u64);
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_at_which_rate_and_for_how_long() {
        let began = Instant::now();
        let counts = Counts {
            began,
            told: began,
            bytes_due: 5_000,
            bytes_before: 1_000,
            bytes: 3_000,
            stored: 19_000,
            repeats: 900,
            refused: 100,
        };
        let line = counts.whole_line(began + Duration::from_secs(10));
        let expected =
            "2.93 KiB of 4.88 KiB, stored 19,000, repeats 900, refused 100, 2000 records/s, 10 seconds left";
        assert_eq!(line, expected);
    }

    #[test]
    fn every_template_is_well_formed() {
        let progress = Progress::begin(10);
        progress.reading("x", 0).step(1);
        progress.pass_over(1);
        progress.step(Step { bytes: 9, stored: 1, ..Step::default() });
        progress.end();
    }
}
