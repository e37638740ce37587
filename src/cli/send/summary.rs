//! Counts of records, for people and for scripts.

use crate::cli::output;
use crate::cli::send::answer::Reason;
use crate::cli::send::batch::Outcome;
use crate::cli::send::request::Request;
use indicatif::{HumanBytes, HumanCount};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Most names of files that are shown of those left out.
const NAMES_MAX: usize = 20;

/// Most refusals that are shown in full; `--refused` writes all.
const REFUSALS_MAX: usize = 20;

/// Most codes that are counted apart; the appliance has fewer.
const CODES_MAX: usize = 64;

/// What stands for the codes above those.
const OTHER_CODES: &str = "other";

#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) finished: bool,
    pub(super) files: usize,
    /// Files that hold the same bytes as one before.
    pub(super) same: Vec<String>,
    /// Files in folders that were left out, with the reason.
    pub(super) skipped: Vec<(PathBuf, &'static str)>,
    /// Bytes of the files that are dealt with.
    pub(super) bytes: u64,
    pub(super) elapsed: Duration,
    pub(super) stored: u64,
    pub(super) repeats: u64,
    /// Of the repeats those whose key belongs to an event with another payload.
    pub(super) mismatches: u64,
    pub(super) refused_by_code: BTreeMap<String, u64>,
    pub(super) refusals: Vec<Refusal>,
}

#[derive(Debug, Serialize)]
pub(super) struct Refusal {
    file: String,
    /// Number of the line or element in it, from 1; nothing for a file that is one event.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(flatten)]
    reason: Reason,
}

impl Summary {
    /// Counts the records of a request. Those of a file that is one event have no number.
    pub(super) fn count(&mut self, request: &Request) {
        let Request { source, batch, .. } = request;
        for (record, number) in batch.records.iter().zip(batch.first..) {
            match &record.outcome {
                Outcome::Due | Outcome::Blank => {}
                Outcome::Stored => self.stored += 1,
                Outcome::Repeat { mismatch } => {
                    self.repeats += 1;
                    self.mismatches += u64::from(*mismatch);
                }
                Outcome::Refused(reason) => {
                    self.refuse(&source.name, request.is_lines().then_some(number), reason);
                }
            }
        }
    }

    fn refuse(&mut self, file: &str, line: Option<u64>, reason: &Reason) {
        let is_known =
            self.refused_by_code.contains_key(&reason.code) || self.refused_by_code.len() < CODES_MAX;
        let code = if is_known { &reason.code } else { OTHER_CODES };
        *self.refused_by_code.entry(code.to_owned()).or_default() += 1;
        if self.refusals.len() < REFUSALS_MAX {
            self.refusals.push(Refusal { file: file.to_owned(), line, reason: reason.clone() });
        }
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused_by_code.values().sum()
    }

    /// Returns how many records were answered.
    pub(super) fn sent(&self) -> u64 {
        self.stored + self.repeats + self.refused()
    }

    /// Returns how many records were answered a second.
    pub(super) fn rate(&self) -> u64 {
        let millis = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        self.sent().saturating_mul(1_000) / millis
    }

    pub(super) fn counts(&self) -> String {
        let [stored, repeats, refused] = [self.stored, self.repeats, self.refused()].map(HumanCount);
        format!("stored {stored}, repeats {repeats}, refused {refused}")
    }

    pub(super) fn show(&self, as_json: bool) -> io::Result<()> {
        if as_json { output::json(&self.json()) } else { self.lines().iter().try_for_each(output::line) }
    }

    fn json(&self) -> serde_json::Value {
        let skipped = self.skipped.iter().take(NAMES_MAX);
        let skipped: Vec<_> = skipped
            .map(|(path, reason)| json!({ "file": path.display().to_string(), "reason": reason }))
            .collect();
        json!({
            "finished": self.finished,
            "files": self.files,
            "same_files": self.same.len(),
            "skipped_files": self.skipped.len(),
            "skipped": skipped,
            "sent": self.sent(),
            "stored": self.stored,
            "repeats": self.repeats,
            "mismatches": self.mismatches,
            "refused": self.refused(),
            "refused_by_code": self.refused_by_code,
            "refusals": self.refusals,
            "bytes": self.bytes,
            "seconds": (self.elapsed.as_secs_f64() * 1_000.0).round() / 1_000.0,
            "records_per_second": self.rate(),
        })
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (path, reason) in self.skipped.iter().take(NAMES_MAX) {
            lines.push(format!("left out {}: {reason}", path.display()));
        }
        if self.skipped.len() > NAMES_MAX {
            lines.push(format!("left out {} more files", self.skipped.len() - NAMES_MAX));
        }
        for file in self.same.iter().take(NAMES_MAX) {
            lines.push(format!("{file} holds the same bytes as a file before, and was not sent again"));
        }
        if self.same.len() > NAMES_MAX {
            lines.push(format!("so do {} more files", self.same.len() - NAMES_MAX));
        }
        for Refusal { file, line, reason } in &self.refusals {
            let line = line.map_or_else(String::new, |line| format!(":{line}"));
            lines.push(format!("refused {file}{line}: {reason}"));
        }
        let unshown = self.refused() - self.refusals.len() as u64;
        if unshown > 0 {
            lines.push(format!("refused {} more", HumanCount(unshown)));
        }
        for (code, count) in &self.refused_by_code {
            lines.push(format!("refused {code}: {}", HumanCount(*count)));
        }
        if self.mismatches > 0 {
            let count = HumanCount(self.mismatches);
            lines.push(format!("of the repeats {count} belong to events with another payload"));
        }
        let files = if self.files == 1 { "file" } else { "files" };
        lines.push(format!(
            "sent {} records of {} {files}: {}; {} in {:.1} s, {} records/s{}",
            HumanCount(self.sent()),
            HumanCount(self.files as u64),
            self.counts(),
            HumanBytes(self.bytes),
            self.elapsed.as_secs_f64(),
            HumanCount(self.rate()),
            if self.finished { "" } else { "; not finished" },
        ));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        let mut summary = Summary {
            finished: true,
            files: 2,
            skipped: vec![("b.txt".into(), "hidden")],
            stored: 1_000,
            repeats: 2,
            bytes: 2_048,
            elapsed: Duration::from_secs(2),
            ..Summary::default()
        };
        for line in 1..=22 {
            summary.refuse("a.ndjson", Some(line), &Reason::new("invalid_json", "d"));
        }
        summary
    }

    #[test]
    fn refusals_are_counted_by_code_and_the_first_kept() {
        let mut sum = Summary { stored: 1, repeats: 2, ..Summary::default() };
        for number in (0..100).chain(0..100) {
            sum.refuse("a", Some(number), &Reason::new(&format!("code{number}"), "d"));
        }
        assert_eq!((sum.refused(), sum.sent(), sum.refusals.len()), (200, 203, REFUSALS_MAX));
        assert_eq!((sum.refused_by_code.len(), sum.refused_by_code[OTHER_CODES]), (CODES_MAX + 1, 2 * 36));
    }

    #[test]
    fn people_read_refusals_by_line_and_the_sums_last() {
        let lines = summary().lines();
        assert_eq!(lines[0], "left out b.txt: hidden");
        assert_eq!(lines[1], "refused a.ndjson:1: invalid_json: d");
        let expected = [
            "refused 2 more",
            "refused invalid_json: 22",
            "sent 1,024 records of 2 files: stored 1,000, repeats 2, refused 22; 2.00 KiB in 2.0 s, 512 records/s",
        ];
        assert_eq!(lines[21..], expected);
    }

    #[test]
    fn scripts_read_the_same_numbers() {
        let json = summary().json();
        assert_eq!(
            (&json["sent"], &json["stored"], &json["refused"]),
            (&1_024.into(), &1_000.into(), &22.into())
        );
        assert_eq!((&json["finished"], &json["refused_by_code"]["invalid_json"]), (&true.into(), &22.into()));
        assert_eq!(json["refusals"][1]["line"], 2);
        assert_eq!(json["records_per_second"], 512);
    }
}
