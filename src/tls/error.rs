//! Errors, each with its file and a way out.

use crate::domain::time::Timestamp;
use std::io;
use std::path::{Path, PathBuf};

/// Why TLS cannot be set up or changed.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{0} cannot be read; hint: check that it exists and that this user may read it")]
    Read(PathBuf, #[source] io::Error),
    /// A file cannot be written.
    #[error("{0} cannot be written; hint: check the directory's owner and the free space")]
    Write(PathBuf, #[source] io::Error),
    /// A file's contents are of no use: what is wrong with them, and what to do.
    #[error("{0}: {1}; hint: {2}")]
    File(PathBuf, String, &'static str),
    /// A name that no certificate can be for.
    #[error(
        "`{0}` is neither a DNS name nor an IP address; hint: write names like till.example.com, \
             *.example.com or 192.0.2.7, others than ASCII in their xn-- form"
    )]
    Name(String),
    /// Names are bounded.
    #[error(
        "tls.names holds {count} names, and a certificate at most {max}; hint: a wildcard such as *.example.com \
             covers many"
    )]
    TooManyNames {
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// A file setting is missing.
    #[error("tls.mode is `files` and `{0}` is not set; hint: set it, or tls.mode = \"own\"")]
    SettingMissing(&'static str),
    /// Mainstay issues no certificates in this mode.
    #[error(
        "tls.mode is `{0}`, so there is no authority here; hint: renew the certificate where it came from, or \
             set tls.mode = \"own\""
    )]
    NotOwn(&'static str),
    /// Former authorities are bounded.
    #[error(
        "the authority was rotated {count} times within 30 days; hint: wait until {until}, or remove the tls \
             directory to start with an authority that no client trusts yet"
    )]
    RotatedTooOften {
        /// Former authorities that are still trusted.
        count: usize,
        /// When the oldest of them ends.
        until: Timestamp,
    },
    /// A certificate cannot be made.
    #[error("a certificate could not be made")]
    Issue(#[from] rcgen::Error),
    /// TLS refuses the configuration.
    #[error("TLS could not be set up")]
    Setup(#[from] rustls::Error),
}

impl TlsError {
    pub(super) fn file(path: &Path, problem: impl Into<String>, hint: &'static str) -> Self {
        Self::File(path.to_owned(), problem.into(), hint)
    }
}
