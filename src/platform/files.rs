//! Small files written whole, with their modes; the lock on the data directory.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Mode 0600: keys.
    Private,
    /// Mode 0644: certificates, the run file.
    Public,
}

impl Access {
    const fn mode(self) -> u32 {
        match self {
            Self::Private => 0o600,
            Self::Public => 0o644,
        }
    }
}

/// Writes a file whole: to a temporary name beside it, synced, then renamed over it.
pub fn write_whole(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = directory.join(format!(".{name}.new"));
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(access.mode()).open(&temporary)?;
    file.set_permissions(std::fs::Permissions::from_mode(access.mode()))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    File::open(directory)?.sync_all()
}

/// Makes a directory and its parents, for its owner alone (mode 0700); an existing one is left as it is.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// The lock on a data directory, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct DirectoryLock(#[expect(dead_code, reason = "held for its lock")] File);

/// Why a data directory could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("another mainstay process uses this data directory; hint: stop it, or use its admin socket")]
    Held,
    /// The lock file cannot be opened or locked.
    #[error("the lock file cannot be used")]
    Io(#[from] io::Error),
}

impl DirectoryLock {
    /// Locks `directory/lock` for this process alone.
    pub fn acquire(directory: &Path) -> Result<Self, LockError> {
        let mut options = OpenOptions::new();
        let path = directory.join("lock");
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(LockError::Held),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_locked_by_one_holder() {
        let directory = std::env::temp_dir().join(format!("mainstay-lock-{}", std::process::id()));
        create_private_directory(&directory).unwrap();
        let lock = DirectoryLock::acquire(&directory).unwrap();
        assert!(matches!(DirectoryLock::acquire(&directory), Err(LockError::Held)));
        drop(lock);
        DirectoryLock::acquire(&directory).unwrap();
        write_whole(&directory.join("key"), b"k", Access::Private).unwrap();
        let mode = std::fs::metadata(directory.join("key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_dir_all(directory).unwrap();
    }
}
