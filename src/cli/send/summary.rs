//! What came of it, for people and for scripts.

use crate::cli::output;
use crate::cli::send::counts::{Counts, Refused};
use indicatif::{HumanBytes, HumanCount};
use serde::Serialize;
use serde_json::json;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Most names of files that are shown of those left out.
const NAMES_MAX: usize = 20;

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// Whether everything was sent.
    pub(super) finished: bool,
    /// Files to send.
    pub(super) files: usize,
    /// Files that hold the same bytes as one before.
    pub(super) same: Vec<String>,
    /// Files in folders that were left out, with the reason.
    pub(super) skipped: Vec<(PathBuf, &'static str)>,
    /// Records, those of earlier runs of the same send included.
    pub(super) counts: Counts,
    /// Bytes of the files that are dealt with.
    pub(super) bytes: u64,
    /// Records answered in this run.
    pub(super) sent_now: u64,
    /// Time this run took.
    pub(super) elapsed: Duration,
}

#[derive(Serialize)]
struct SkippedJson<'a> {
    file: String,
    reason: &'a str,
}

impl Summary {
    fn rate(&self) -> u64 {
        let millis = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        self.sent_now.saturating_mul(1_000) / millis
    }

    /// Shows it on stdout.
    pub(super) fn show(&self, as_json: bool) -> io::Result<()> {
        if as_json {
            output::json(&self.json())
        } else {
            self.lines().iter().try_for_each(|line| output::line(line))
        }
    }

    fn json(&self) -> serde_json::Value {
        let skipped = self.skipped.iter().take(NAMES_MAX);
        let skipped: Vec<_> =
            skipped.map(|(path, reason)| SkippedJson { file: path.display().to_string(), reason }).collect();
        json!({
            "finished": self.finished,
            "files": self.files,
            "same_files": self.same.len(),
            "skipped_files": self.skipped.len(),
            "skipped": skipped,
            "sent": self.counts.sent(),
            "stored": self.counts.stored,
            "repeats": self.counts.repeats,
            "mismatches": self.counts.mismatches,
            "refused": self.counts.refused(),
            "refused_by_code": self.counts.refused,
            "refusals": self.counts.first,
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
        for Refused { file, line, code, detail } in &self.counts.first {
            let line = line.map_or_else(String::new, |line| format!(":{line}"));
            lines.push(format!("refused {file}{line}: {code}: {detail}"));
        }
        let refused = self.counts.refused();
        let shown = self.counts.first.len() as u64;
        if refused > shown {
            lines.push(format!("refused {} more", HumanCount(refused - shown)));
        }
        for (code, count) in &self.counts.refused {
            lines.push(format!("refused {code}: {}", HumanCount(*count)));
        }
        if self.counts.mismatches > 0 {
            let count = HumanCount(self.counts.mismatches);
            lines.push(format!("of the repeats {count} belong to events with another payload"));
        }
        let files = if self.files == 1 { "file" } else { "files" };
        lines.push(format!(
            "sent {} records of {} {files}: stored {}, repeats {}, refused {}; {} in {:.1} s, {} records/s{}",
            HumanCount(self.counts.sent()),
            HumanCount(self.files as u64),
            HumanCount(self.counts.stored),
            HumanCount(self.counts.repeats),
            HumanCount(refused),
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
    use crate::cli::send::answer::Reason;

    fn summary() -> Summary {
        let mut counts = Counts { stored: 1_000, repeats: 2, ..Counts::default() };
        for line in 1..=22 {
            counts.refuse("a.ndjson", Some(line), &Reason::new("invalid_json", "d"));
        }
        Summary {
            finished: true,
            files: 2,
            skipped: vec![("b.txt".into(), "hidden")],
            counts,
            bytes: 2_048,
            sent_now: 1_024,
            elapsed: Duration::from_secs(2),
            ..Summary::default()
        }
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
