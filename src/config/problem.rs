//! Where a setting came from, and what is wrong with it.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nothing set it.
    Default,
    /// The console, which keeps it in the database.
    Console,
    /// The configuration file.
    File {
        /// The file as named at the start.
        path: PathBuf,
        /// Its line, counted from 1; none where the whole file is meant.
        line: Option<usize>,
    },
    /// The environment variable of this name.
    Environment(String),
    /// `--set` on the command line.
    Flag,
}

impl Origin {
    /// Returns the kind of who set it, without names of files and variables.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Console => "console",
            Self::File { .. } => "file",
            Self::Environment(_) => "environment",
            Self::Flag => "flag",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Console => f.write_str("console"),
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag => f.write_str("--set"),
        }
    }
}

/// One setting's value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The key.
    pub key: Cow<'static, str>,
    /// The value as written with `--set`; hidden if it is a secret.
    pub value: String,
    /// The value as written in the file; hidden if it is a secret.
    pub toml: String,
    /// Who set it.
    pub origin: Origin,
    /// Whether it differs from the default of this environment.
    pub differs: bool,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problem {
    /// The setting's key, or the name as written where no setting is meant; empty for the file as a whole.
    pub key: String,
    /// The value, shortened; none where it may be a secret or there is none.
    pub value: Option<String>,
    /// Where it was set.
    pub origin: Origin,
    /// What is wrong with it.
    pub reason: String,
    /// The way out.
    pub hint: String,
}

impl Problem {
    /// Makes a problem without a value.
    pub fn new(
        key: impl Into<String>,
        origin: Origin,
        reason: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { key: key.into(), value: None, origin, reason: reason.into(), hint: hint.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        match (self.key.as_str(), &self.value) {
            ("", _) => {}
            // The variable's name stands there already.
            (key, _) if matches!(&self.origin, Origin::Environment(name) if name == key) => {}
            (key, Some(value)) => write!(f, "{key} = `{value}`: ")?,
            (key, None) => write!(f, "{key}: ")?,
        }
        write!(f, "{}; hint: {}", self.reason, self.hint)
    }
}

/// Everything that is wrong with a configuration, never nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "problem" } else { "problems" };
        write!(f, "the configuration has {} {plural}", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}
