//! Counts of records, and the first refusals in full.

use crate::cli::send::answer::Reason;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most refusals that are shown in full; `--refused` writes all.
const SHOWN_MAX: usize = 20;

/// Most codes that are counted apart; the appliance has fewer.
const CODES_MAX: usize = 64;

/// What stands for the codes above those.
const OTHER_CODES: &str = "other";

/// What became of records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    /// Stored by this send, in any of its runs.
    pub(super) stored: u64,
    /// Stored before.
    pub(super) repeats: u64,
    /// Of the repeats those whose key belongs to an event with another payload.
    pub(super) mismatches: u64,
    /// Refused, by code.
    pub(super) refused: BTreeMap<String, u64>,
    /// The first refusals.
    pub(super) first: Vec<Refused>,
}

/// A refused record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refused {
    /// The file's name for people.
    pub(super) file: String,
    /// Number of the line or element in it, from 1; nothing for a file that is one event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u64>,
    /// Stable word.
    pub(super) code: String,
    /// What happened and what to do.
    pub(super) detail: String,
}

impl Counts {
    /// Returns how many were refused.
    pub(super) fn refused(&self) -> u64 {
        self.refused.values().sum()
    }

    /// Returns how many were answered.
    pub(super) fn sent(&self) -> u64 {
        self.stored + self.repeats + self.refused()
    }

    /// Counts a refused record.
    pub(super) fn refuse(&mut self, file: &str, line: Option<u64>, reason: &Reason) {
        self.add_code(&reason.code, 1);
        if self.first.len() < SHOWN_MAX {
            let (code, detail) = (reason.code.clone(), reason.detail.clone());
            self.first.push(Refused { file: file.to_owned(), line, code, detail });
        }
    }

    /// Adds what was counted elsewhere.
    pub(super) fn add(&mut self, other: &Self) {
        self.stored += other.stored;
        self.repeats += other.repeats;
        self.mismatches += other.mismatches;
        for (code, count) in &other.refused {
            self.add_code(code, *count);
        }
        let room = SHOWN_MAX.saturating_sub(self.first.len());
        self.first.extend(other.first.iter().take(room).cloned());
    }

    fn add_code(&mut self, code: &str, count: u64) {
        let known = self.refused.contains_key(code) || self.refused.len() < CODES_MAX;
        *self.refused.entry(if known { code } else { OTHER_CODES }.to_owned()).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_by_code_and_the_first_kept() {
        let mut counts = Counts::default();
        for number in 0..100 {
            counts.refuse("a", Some(number), &Reason::new(&format!("code{number}"), "d"));
        }
        let mut sum = Counts { stored: 1, repeats: 2, ..Counts::default() };
        sum.add(&counts);
        sum.add(&counts);
        assert_eq!((sum.refused(), sum.sent(), sum.first.len()), (200, 203, SHOWN_MAX));
        assert_eq!((sum.refused.len(), sum.refused[OTHER_CODES]), (CODES_MAX + 1, 2 * 36));
    }
}
