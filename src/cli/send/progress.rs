//! How far it is: a bar on a terminal, elsewhere a line now and then. Both go to stderr.

use crate::cli::output;
use crate::cli::send::summary::Summary;
use indicatif::{HumanBytes, HumanDuration, MultiProgress, ProgressBar, ProgressFinish, ProgressStyle};
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

/// How often the bar moves by itself, so that its time goes on while nothing is answered.
const TICK: Duration = Duration::from_millis(200);

/// Time between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shorter files are read through for their digest too quickly to show it.
const SHOWN_READING_BYTES_MIN: u64 = 64 * 1024 * 1024;

/// Shows how far it is. All clones share the bars.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    bars: MultiProgress,
    sending: ProgressBar,
    on_terminal: bool,
    line_at: Instant,
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
        Self { bars, sending, on_terminal, line_at: Instant::now() }
    }

    /// Begins to show the reading of a file for its digest, until the bar is dropped; of a short one nothing is shown.
    pub(super) fn reading(&self, name: &str, bytes: u64) -> ProgressBar {
        let bar = match bytes {
            SHOWN_READING_BYTES_MIN.. => self.bars.insert_before(&self.sending, ProgressBar::new(bytes)),
            // The length of a pipe is not known.
            0 => self.bars.insert_before(&self.sending, ProgressBar::no_length()),
            _ => ProgressBar::hidden(),
        };
        bar.set_style(style("reading {prefix}  {bytes}  {bytes_per_sec}"));
        bar.set_prefix(name.to_owned());
        bar.with_finish(ProgressFinish::AndClear)
    }

    /// Adds bytes that were not known at the beginning.
    pub(super) fn add_due(&self, bytes: u64) {
        self.sending.inc_length(bytes);
    }

    pub(super) fn show(&mut self, summary: &Summary) {
        self.sending.set_position(summary.bytes);
        if self.on_terminal {
            self.sending.set_message(counts(summary));
        } else if self.line_at.elapsed() >= LINE_EVERY {
            self.line_at = Instant::now();
            output::note(&line(summary, self.sending.length().unwrap_or_default()));
        }
    }

    pub(super) fn note(&self, text: &str) {
        self.bars.suspend(|| output::note(text));
    }

    pub(super) fn end(&self) {
        self.sending.finish_and_clear();
    }
}

fn counts(summary: &Summary) -> String {
    format!("{}, {} records/s", summary.counts(), summary.rate())
}

fn line(summary: &Summary, bytes_due: u64) -> String {
    let left = u128::from(bytes_due.saturating_sub(summary.bytes));
    let millis = summary.elapsed.as_millis() * left / u128::from(summary.bytes.max(1));
    let left = Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
    let [bytes, bytes_due] = [summary.bytes, bytes_due].map(HumanBytes);
    format!("{bytes} of {bytes_due}, {}, {} left", counts(summary), HumanDuration(left))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_at_which_rate_and_for_how_long() {
        let elapsed = Duration::from_secs(10);
        let refused_by_code = [("code".to_owned(), 100)].into();
        let summary = Summary {
            bytes: 3_000,
            elapsed,
            stored: 19_000,
            repeats: 900,
            refused_by_code,
            ..Summary::default()
        };
        let expected =
            "2.93 KiB of 4.88 KiB, stored 19,000, repeats 900, refused 100, 2000 records/s, 7 seconds left";
        assert_eq!(line(&summary, 5_000), expected);
    }

    #[test]
    fn every_template_is_well_formed() {
        let mut progress = Progress::begin(10);
        progress.reading("x", 0).inc(1);
        progress.add_due(1);
        progress.show(&Summary { bytes: 9, stored: 1, ..Summary::default() });
        progress.end();
    }
}
