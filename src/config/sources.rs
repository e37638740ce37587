//! Where values come from.

use crate::config::problem::Origin;
use crate::config::raw::Raw;
use crate::config::reference::Entry;
use std::ffi::OsString;
use std::path::PathBuf;

/// Everything a configuration is made from, in rising precedence: defaults, file, environment, flags. What
/// the console set comes between defaults and file ([`overlay`](crate::config::overlay)).
#[derive(Clone, Default)]
pub struct Sources {
    pub(super) file: Option<SourceFile>,
    pub(super) environment: Vec<(OsString, OsString)>,
    pub(super) flags: Vec<String>,
}

#[derive(Clone)]
pub(super) struct SourceFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// A setting given a value by a source.
pub(super) struct Assignment {
    pub(super) entry: &'static Entry,
    pub(super) raw: Raw,
    /// The value for messages, as it was written.
    pub(super) shown: String,
    pub(super) origin: Origin,
}

impl Sources {
    /// Defaults alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the text of a TOML file.
    #[must_use]
    pub fn with_file(mut self, path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        self.file = Some(SourceFile { path: path.into(), text: text.into() });
        self
    }

    /// Adds environment variables, names with values; those that are no settings are left alone.
    #[must_use]
    pub fn with_environment<N, V>(mut self, variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        self.environment.extend(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// Adds the arguments of `--set`, each `KEY=VALUE`; of two for the same key the later one holds.
    #[must_use]
    pub fn with_flags<F: Into<String>>(mut self, flags: impl IntoIterator<Item = F>) -> Self {
        self.flags.extend(flags.into_iter().map(Into::into));
        self
    }
}

impl Assignment {
    pub(super) fn new(entry: &'static Entry, raw: Raw, origin: Origin) -> Self {
        let shown = raw.shown();
        Self { entry, raw, shown, origin }
    }
}
