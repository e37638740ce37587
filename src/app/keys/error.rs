//! What can go wrong with the keys' files.

use std::io;
use std::path::{Path, PathBuf};

/// Why keys cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file cannot be read.
    #[error("{path} cannot be read; hint: check that it belongs to this user")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{path} cannot be written; hint: check the directory's owner and the free space")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file's contents are of no use.
    #[error("{path}: {problem}; hint: bring it back from a backup or an export of the keys")]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, without quoting it.
        problem: &'static str,
    },
    /// Other users of the machine may use a key.
    #[error("{path} is open to other users of this machine (mode {mode:04o}); hint: chmod {wanted:o} {path}")]
    Mode {
        /// The file or directory.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode it should have.
        wanted: u32,
    },
}

impl KeysError {
    /// Says that a file cannot be read.
    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Read { path, source }
    }

    /// Says that a file cannot be written.
    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Write { path, source }
    }

    /// Tells whether trying again cannot help before a person has changed something.
    pub fn is_lasting(&self) -> bool {
        !matches!(self, Self::Read { .. } | Self::Write { .. })
    }
}
