//! The table for people, in Markdown.

use crate::figures::{grouped, microseconds, milliseconds};
use crate::load;
use crate::rounds::{Comparison, Extent};
use std::fmt::Write;
use std::fs;
use std::thread;

/// What must hold.
#[derive(Clone, Debug)]
pub(crate) struct Floor {
    /// As the table says it.
    pub(crate) text: String,
    /// Whether it does.
    pub(crate) is_met: bool,
}

/// One scenario's line.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What was measured, and beside what.
    pub(crate) title: String,
    /// The numbers.
    pub(crate) comparison: Comparison,
    /// Highest resident memory of the judged server, in bytes.
    pub(crate) memory: u64,
    /// What must hold.
    pub(crate) floors: Vec<Floor>,
}

impl Row {
    /// Tells whether every floor is beaten.
    pub(crate) fn is_met(&self) -> bool {
        self.floors.iter().all(|floor| floor.is_met)
    }

    fn render(&self) -> String {
        let Comparison { judged, beside, .. } = self.comparison;
        let floors: Vec<&str> = self.floors.iter().map(|floor| floor.text.as_str()).collect();
        let missed: Vec<&str> =
            self.floors.iter().filter(|floor| !floor.is_met).map(|floor| floor.text.as_str()).collect();
        let met = if missed.is_empty() { "yes".to_owned() } else { format!("**no**: {}", missed.join(", ")) };
        format!(
            "| {} | {} | {} | {:.0} % | {} / {} | {} / {} | {:.1} | {} | {} | {met} |\n",
            self.title,
            grouped(judged.rate),
            grouped(beside.rate),
            100.0 * judged.rate / beside.rate,
            microseconds(judged.p50),
            microseconds(judged.p99),
            microseconds(beside.p50),
            microseconds(beside.p99),
            milliseconds(judged.longest_gap),
            self.memory.div_ceil(1024 * 1024),
            floors.join(", "),
        )
    }
}

/// What everything runs on.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    processors: usize,
    /// Of the last minute, as proc(5) says it.
    load_average: String,
}

impl Machine {
    /// Looks at the machine; to be called before the first round, whose own load must not count.
    pub(crate) fn now() -> Self {
        let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load_average = averages.split(' ').next().unwrap_or_default().to_owned();
        Self { processors: thread::available_parallelism().map_or(1, usize::from), load_average }
    }
}

/// Writes the whole table, with what it was measured on.
pub(crate) fn render(machine: &Machine, extent: Extent, rows: &[Row]) -> String {
    let mut text = String::new();
    let fdatasync = rows.last().map(|row| row.comparison.fdatasync).unwrap_or_default();
    let _ = writeln!(
        text,
        "Medians of {} rounds of {} s, both sides in turn, {} processors shared with the load generator and its threads \
         ({}); load average before: {}; one fdatasync takes {} µs.\n",
        extent.rounds,
        extent.round.as_secs(),
        machine.processors,
        load::threads(),
        machine.load_average,
        microseconds(fdatasync),
    );
    text.push_str(
        "| scenario | mainstay /s | beside it /s | ratio | p50 / p99 µs | beside it µs | longest gap ms | memory MiB \
         | floors | met |\n|---|---:|---:|---:|---:|---:|---:|---:|---|---|\n",
    );
    for row in rows {
        text.push_str(&row.render());
    }
    text
}
