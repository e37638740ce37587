//! What can go wrong.

use std::io;

/// The database or the disk under it failed. After an I/O error redb answers nothing more, so the process ends.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// redb refused or failed.
    #[error("the database failed")]
    Database(#[source] Box<redb::Error>),
    /// A journal file failed.
    #[error("the journal failed")]
    Journal(#[from] io::Error),
    /// Something read back is not what was written.
    #[error(
        "{what} {key} is corrupt; hint: restore a snapshot, or run `mainstay ledger verify` to see how far it goes"
    )]
    Corrupt {
        /// The kind of thing.
        what: &'static str,
        /// Which one.
        key: String,
    },
    /// The store has stopped.
    #[error("the store has stopped")]
    Stopped,
}

impl StoreError {
    /// Makes an error for a thing that is not what was written.
    pub(super) fn corrupt(what: &'static str, key: impl std::fmt::Display) -> Self {
        Self::Corrupt { what, key: key.to_string() }
    }

    /// Tells whether the disk under the database failed.
    pub(super) fn is_io(&self) -> bool {
        use redb::Error::{Io, PreviousIo};
        matches!(self, Self::Database(error) if matches!(error.as_ref(), Io(_) | PreviousIo))
    }

    /// Tells whether the disk had no space left.
    pub fn is_storage_full(&self) -> bool {
        let io = match self {
            Self::Journal(error) => Some(error),
            Self::Database(error) => match error.as_ref() {
                redb::Error::Io(error) => Some(error),
                _ => None,
            },
            _ => None,
        };
        io.is_some_and(is_storage_full)
    }
}

/// Tells whether a disk had no space left, or its owner's quota was used up.
pub(super) fn is_storage_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Writes an error with all its causes, joined by a colon.
#[derive(Debug)]
pub struct ErrorChain<'a>(pub &'a dyn std::error::Error);

impl std::fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(inner) = source {
            write!(f, ": {inner}")?;
            source = inner.source();
        }
        Ok(())
    }
}

macro_rules! from_redb {
    ($($error:ty),*) => {
        $(impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                Self::Database(Box::new(error.into()))
            }
        })*
    };
}

from_redb!(
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::CursorError,
    redb::DatabaseError,
    redb::SetDurabilityError
);

/// Why the store could not be opened. Nothing is changed by a refusal.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no database.
    #[error(
        "there is no database here; hint: run `mainstay init` or `mainstay serve` with this data directory"
    )]
    Missing,
    /// There are journal files and no database.
    #[error(
        "there is a journal but no mainstay.redb beside it; hint: put the database back, or move journal.0 to journal.3 away to start empty"
    )]
    JournalWithoutDatabase,
    /// The database was left by a crash and this journal file, the first, is missing.
    #[error(
        "the database was not closed and {0} is missing: acknowledged events may be in it; hint: put the file back, or give up what it held with `serve --accept-loss`"
    )]
    JournalMissing(String),
    /// This journal file belongs to another database.
    #[error(
        "{0} belongs to another database; hint: put this database's own journal back, or give up what it held with `serve --accept-loss`"
    )]
    JournalForeign(String),
    /// This journal file stands under another's name.
    #[error(
        "{0} holds what belongs into another of the journal's files; hint: give the files their own names back, or give up what cannot be read with `serve --accept-loss`"
    )]
    JournalMisplaced(String),
    /// A journal file was written by another version of the program.
    #[error(
        "{file} has journal format {found}, this program reads {expected}; hint: stop the appliance cleanly with the version that wrote it"
    )]
    JournalFormat {
        /// Name of the file.
        file: String,
        /// Its format.
        found: u32,
        /// The format this program reads.
        expected: u32,
    },
    /// This journal entry, the first, is missing or damaged before valid ones: not a torn end but corruption.
    #[error(
        "journal entry {0} is damaged although later ones are whole: the disk has lost acknowledged events; hint: restore a snapshot, or give up what is missing with `serve --accept-loss`"
    )]
    JournalCorrupt(u64),
    /// This whole journal entry holds something that this program does not know.
    #[error(
        "journal entry {0} is whole, but Mainstay {own} cannot read it: a newer version wrote it; hint: stop the appliance cleanly with the version that wrote it",
        own = env!("CARGO_PKG_VERSION")
    )]
    JournalUnknown(u64),
    /// The file is not a Mainstay database.
    #[error("mainstay.redb is not a Mainstay database: {0}; hint: check the data directory's path")]
    Foreign(String),
    /// The database file is damaged.
    #[error(
        "mainstay.redb is damaged: {0}; hint: restore a snapshot, or put a copy of the whole data directory back"
    )]
    Damaged(String),
    /// The database was written by a newer program and can no longer be read by this one.
    #[error(
        "the database has schema {found}, written by Mainstay {program}; Mainstay {own} reads up to schema {known}; hint: install the newer version again",
        own = env!("CARGO_PKG_VERSION")
    )]
    TooNew {
        /// Its schema.
        found: u32,
        /// The newest schema this program knows.
        known: u32,
        /// Version of the program that wrote it.
        program: String,
    },
    /// The database's secrets are sealed and the key is not there.
    #[error(
        "keys/sealing.key is missing, and this database's secrets are sealed with it; hint: put the keys directory back from a backup, or take an export of the keys with `mainstay init --keys FILE`"
    )]
    SealingKeyMissing,
    /// The database's secrets are sealed with another key.
    #[error(
        "keys/sealing.key is not the key that this database's secrets are sealed with; hint: put the keys directory back that belongs to this database, or move it away and take an export of the keys with `mainstay init --keys FILE`"
    )]
    SealingKeyForeign,
    /// Anything else.
    #[error("opening the database failed")]
    Store(#[from] StoreError),
}

impl OpenError {
    /// Tells whether `--accept-loss` would open the store all the same.
    pub fn is_loss(&self) -> bool {
        matches!(
            self,
            Self::JournalMissing(_)
                | Self::JournalForeign(_)
                | Self::JournalMisplaced(_)
                | Self::JournalCorrupt(_)
        )
    }

    /// Tells whether the key that secrets are sealed with is missing or another one.
    pub fn is_sealing_key(&self) -> bool {
        matches!(self, Self::SealingKeyMissing | Self::SealingKeyForeign)
    }

    /// Tells whether the disk had no space left.
    pub fn is_storage_full(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_storage_full())
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<redb::DatabaseError> for OpenError {
    fn from(error: redb::DatabaseError) -> Self {
        match error {
            redb::DatabaseError::Storage(redb::StorageError::Corrupted(what)) => Self::Damaged(what),
            redb::DatabaseError::Storage(redb::StorageError::Io(error))
                if error.kind() == io::ErrorKind::InvalidData =>
            {
                Self::Foreign(error.to_string())
            }
            redb::DatabaseError::UpgradeRequired(version) => {
                Self::Foreign(format!("it has redb file format {version}"))
            }
            other => Self::Store(other.into()),
        }
    }
}
