//! Small files written whole, with their modes; the lock on the data directory.

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
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
    write_and_rename(path, bytes, access, |temporary, path| std::fs::rename(temporary, path))
}

/// Writes a new file whole, in the same way; where there is one of its name already, that is left as it is
/// ([`io::ErrorKind::AlreadyExists`]).
pub fn write_new(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    write_and_rename(path, bytes, access, rename_new)
}

fn write_and_rename(
    path: &Path,
    bytes: &[u8],
    access: Access,
    rename: impl FnOnce(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = directory.join(format!(".{name}.new"));
    let written = write_temporary(&temporary, bytes, access).and_then(|()| rename(&temporary, path));
    if let Err(error) = written {
        // What was written may be a key; the reason why it failed matters more than whether it could be removed.
        let _ = std::fs::remove_file(&temporary);
        return Err(error);
    }
    sync_directory(directory)
}

/// Writes a file under a name that a crash may have left behind. It is made anew, so that nobody else's file or link is
/// written to.
fn write_temporary(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    remove_if_there(path)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(access.mode()).open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(access.mode()))?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Renames a file unless there is one of the new name.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Some file systems cannot do both at once.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) if std::fs::symlink_metadata(to).is_err() => {
            std::fs::rename(from, to)
        }
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Err(io::ErrorKind::AlreadyExists.into()),
        renamed => Ok(renamed?),
    }
}

/// Removes a file, if it is there.
pub fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Reads a file of at most so many bytes; a larger one is an error ([`io::ErrorKind::FileTooLarge`]).
pub fn read_bounded(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// Makes a directory's new, renamed and removed files durable.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a directory and its parents, for its owner alone (mode 0700); an existing one is left as it is.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Name of the file in a data directory that carries its lock.
pub const LOCK_FILE: &str = "lock";

/// The lock on a data directory, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct DirectoryLock(#[expect(dead_code, reason = "held for its lock")] File);

/// Why a data directory could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("another mainstay process uses this data directory; hint: stop it, or use its admin socket")]
    Held,
    /// It belongs to somebody else.
    #[error(
        "it belongs to user {owner} and this program runs as user {own}; hint: run it as its owner, or give it away with `chown -R {own}`"
    )]
    Foreign {
        /// Number of the user it belongs to.
        owner: u32,
        /// Number of the user this process runs as.
        own: u32,
    },
    /// Its owner may not write into it.
    #[error("its mode {0:03o} lets nobody write; hint: `chmod 700` it")]
    Unwritable(u32),
    /// The file system takes no writes.
    #[error(
        "its file system is mounted read-only; hint: remount it for writing, or choose another --data-dir"
    )]
    ReadOnly,
    /// The lock file cannot be opened or locked.
    #[error("the lock file cannot be used")]
    Io(#[from] io::Error),
}

impl DirectoryLock {
    /// Locks the directory for this process alone; its lock file is made if it is missing.
    pub fn acquire(directory: &Path) -> Result<Self, LockError> {
        let mut options = OpenOptions::new();
        let path = directory.join(LOCK_FILE);
        let opened = options.write(true).create(true).truncate(false).mode(0o600).open(path);
        let file = opened.map_err(|error| Self::explain(directory, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(LockError::Held),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Says what keeps this process from writing into a directory.
    fn explain(directory: &Path, error: io::Error) -> LockError {
        if error.kind() == io::ErrorKind::ReadOnlyFilesystem {
            return LockError::ReadOnly;
        }
        let found = std::fs::metadata(directory).ok();
        let found = found.filter(|_found| error.kind() == io::ErrorKind::PermissionDenied);
        let Some(found) = found else { return LockError::Io(error) };
        let (owner, own, mode) = (found.uid(), rustix::process::geteuid().as_raw(), found.mode() & 0o777);
        if owner != own {
            return LockError::Foreign { owner, own };
        }
        if mode & 0o200 == 0 { LockError::Unwritable(mode) } else { LockError::Io(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::scratch::ScratchDirectory;

    #[test]
    fn a_directory_is_locked_by_one_holder() {
        let directory = ScratchDirectory::new();
        let lock = DirectoryLock::acquire(&directory).unwrap();
        assert!(matches!(DirectoryLock::acquire(&directory), Err(LockError::Held)));
        drop(lock);
        DirectoryLock::acquire(&directory).unwrap();
        write_whole(&directory.join("key"), b"k", Access::Private).unwrap();
        let mode = std::fs::metadata(directory.join("key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_keeps_from_writing_is_told_apart() {
        let directory = std::env::temp_dir();
        let explain = |kind: io::ErrorKind| DirectoryLock::explain(&directory, kind.into());
        let said = |error: LockError| error.to_string();
        assert!(
            said(explain(io::ErrorKind::ReadOnlyFilesystem)).contains("mounted read-only; hint: remount")
        );
        assert!(matches!(explain(io::ErrorKind::StorageFull), LockError::Io(_)));
    }

    #[test]
    fn a_new_file_never_takes_the_place_of_another() {
        let directory = ScratchDirectory::new();
        let path = directory.join("key");
        write_new(&path, b"first", Access::Private).unwrap();
        let refused = write_new(&path, b"second", Access::Private).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        // A link left where the temporary file goes is not followed.
        std::os::unix::fs::symlink("key", directory.join(".other.new")).unwrap();
        write_new(&directory.join("other"), b"other", Access::Public).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        let names = std::fs::read_dir(&*directory).unwrap().count();
        assert_eq!(names, 2, "nothing is left behind");
    }
}
