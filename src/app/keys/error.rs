//! What can go wrong with the keys' files.

use std::io;
use std::path::{Path, PathBuf};

/// Why keys cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file cannot be read.
    #[error("{0} cannot be read; hint: check that it belongs to this user")]
    Read(PathBuf, #[source] io::Error),
    /// A file cannot be written.
    #[error("{0} cannot be written; hint: check the directory's owner and the free space")]
    Write(PathBuf, #[source] io::Error),
    /// A file's contents are of no use, for a reason that does not quote it.
    #[error("{0}: {1}; hint: bring it back from a backup or an export of the keys")]
    Text(PathBuf, &'static str),
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
    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |error| Self::Read(path, error)
    }

    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |error| Self::Write(path, error)
    }

    /// Tells whether trying again cannot help before a person has changed something.
    pub fn is_lasting(&self) -> bool {
        !matches!(self, Self::Read(..) | Self::Write(..))
    }
}
