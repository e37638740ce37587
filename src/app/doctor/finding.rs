//! What a check found.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    /// It does not work, or is not safe.
    Fault,
}

impl Verdict {
    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Name of the check.
    pub check: &'static str,
    /// How bad it is.
    pub verdict: Verdict,
    /// What was seen, with numbers and units.
    pub seen: String,
    /// What to do; none when all is well.
    pub hint: Option<String>,
}

/// Gathers what one check sees: the worst of it is the check's verdict, and what is well is told only if all is.
#[derive(Clone, Debug)]
pub struct Findings {
    check: &'static str,
    well: Vec<String>,
    odd: Vec<(Verdict, String, String)>,
}

impl Findings {
    /// Begins a check.
    pub const fn of(check: &'static str) -> Self {
        Self { check, well: Vec::new(), odd: Vec::new() }
    }

    /// Notes something that is as it should be.
    pub fn well(&mut self, seen: impl Into<String>) {
        self.well.push(seen.into());
    }

    /// Notes something that should be looked at.
    pub fn warn(&mut self, seen: impl Into<String>, hint: impl Into<String>) {
        self.odd.push((Verdict::Warning, seen.into(), hint.into()));
    }

    /// Notes something that is wrong.
    pub fn fault(&mut self, seen: impl Into<String>, hint: impl Into<String>) {
        self.odd.push((Verdict::Fault, seen.into(), hint.into()));
    }

    /// Ends the check.
    pub fn end(self) -> Finding {
        let Self { check, well, mut odd } = self;
        odd.sort_by_key(|(verdict, ..)| std::cmp::Reverse(*verdict));
        let Some(verdict) = odd.first().map(|(verdict, ..)| *verdict) else {
            return Finding { check, verdict: Verdict::Ok, seen: well.join("; "), hint: None };
        };
        let mut hints: Vec<&str> = Vec::new();
        for (_, _, hint) in &odd {
            if !hints.contains(&hint.as_str()) {
                hints.push(hint);
            }
        }
        let seen: Vec<&str> = odd.iter().map(|(_, seen, _)| seen.as_str()).collect();
        Finding { check, verdict, seen: seen.join("; "), hint: Some(hints.join("; ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_a_check_is_its_verdict_and_stands_first() {
        let mut findings = Findings::of("x");
        findings.well("a");
        findings.well("b");
        let whole = findings.clone().end();
        assert_eq!((whole.verdict, whole.seen.as_str(), whole.hint), (Verdict::Ok, "a; b", None));
        findings.warn("c", "do");
        findings.fault("d", "mend");
        findings.fault("e", "mend");
        let found = findings.end();
        assert_eq!((found.verdict, found.seen.as_str()), (Verdict::Fault, "d; e; c"));
        assert_eq!(found.hint.as_deref(), Some("mend; do"));
    }
}
