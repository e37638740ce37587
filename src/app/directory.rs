//! The data directory: its files, its lock.

use crate::platform::clock::Clock;
use crate::platform::entropy::Entropy;
use crate::platform::files::{DirectoryLock, LOCK_FILE, LockError, create_private_directory};
use crate::platform::real_disk::RealDisk;
use crate::store::error::OpenError;
use crate::store::handle::Store;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A data directory that exists.
#[derive(Clone, Debug)]
pub struct DataDirectory {
    path: PathBuf,
}

/// Why a data directory can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It is not there, and this command makes none.
    #[error(
        "there is no data directory {0}; hint: name the right one with --data-dir, or make it with `mainstay init`"
    )]
    Missing(PathBuf),
    /// It is not there and can't be made.
    #[error(
        "the data directory {0} cannot be made; hint: choose a place where this user may make one with --data-dir, or make it for this user"
    )]
    Make(PathBuf, #[source] io::Error),
    /// It can't be read.
    #[error("the data directory {0} cannot be used; hint: check its owner and mode")]
    Io(PathBuf, #[source] io::Error),
    /// Another process holds it.
    #[error("the data directory {0} cannot be locked")]
    Lock(PathBuf, #[source] LockError),
    /// The database is none that this program may touch.
    #[error("the database cannot be opened")]
    Refused(#[source] OpenError),
    /// The database can't be made.
    #[error("the database could not be made")]
    Create(#[source] OpenError),
}

impl DataDirectory {
    /// Stands for a directory that must exist.
    pub fn existing(path: &Path) -> Result<Self, DirectoryError> {
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => Ok(Self { path: path.to_owned() }),
            Ok(_) => Err(DirectoryError::Io(path.to_owned(), io::ErrorKind::NotADirectory.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(DirectoryError::Missing(path.to_owned()))
            }
            Err(error) => Err(DirectoryError::Io(path.to_owned(), error)),
        }
    }

    /// Makes the directory unless it is there.
    pub fn create(path: &Path) -> Result<Self, DirectoryError> {
        if !path.is_dir() {
            create_private_directory(path).map_err(|error| match error.kind() {
                // Something else stands there.
                io::ErrorKind::AlreadyExists => DirectoryError::Io(path.to_owned(), error),
                _ => DirectoryError::Make(path.to_owned(), error),
            })?;
        }
        Self::existing(path)
    }

    /// Locks the directory for this process, unless its database is one that this program must not touch: nothing is
    /// made beside such a one.
    pub fn lock(&self) -> Result<DirectoryLock, DirectoryError> {
        let acquire = || {
            DirectoryLock::acquire(&self.path).map_err(|error| DirectoryError::Lock(self.path.clone(), error))
        };
        let inspect = || Store::inspect(self.disk()).map_err(DirectoryError::Refused);
        if self.path.join(LOCK_FILE).exists() {
            // Only its holder looks: under the hands of another process a database may look damaged.
            let lock = acquire()?;
            return inspect().map(|()| lock);
        }
        inspect()?;
        acquire()
    }

    /// Makes the database unless it is there; the caller holds the lock.
    pub fn create_database(&self, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<(), DirectoryError> {
        Store::create(&RealDisk::new(&self.path), clock, entropy).map_err(DirectoryError::Create)
    }

    /// Returns the directory as the store's disk.
    pub fn disk(&self) -> Arc<RealDisk> {
        Arc::new(RealDisk::new(&self.path))
    }

    /// Returns the directory's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns where keys and certificates are.
    pub fn tls(&self) -> PathBuf {
        self.path.join("tls")
    }

    /// Returns where the keys are that seal the database's secrets.
    pub fn keys(&self) -> PathBuf {
        self.path.join("keys")
    }

    /// Returns where the admin socket is.
    pub fn socket(&self) -> PathBuf {
        self.path.join("admin.sock")
    }

    /// Returns where a running appliance tells how to reach it.
    pub fn run_file(&self) -> PathBuf {
        self.path.join("run.json")
    }
}
