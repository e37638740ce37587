//! The disk as the store sees it: named files in one directory, read and written by offset.
//!
//! Behind these two traits stands the real file system, or in tests a simulated disk that loses, tears and reorders
//! what was not synced.

use std::fmt::Debug;
use std::io;
use std::sync::Arc;

/// One directory of files.
pub trait Disk: Send + Sync + Debug + 'static {
    /// Opens a file that exists.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens a file that exists and is written in large pieces and hardly read: past the cache where that can be done.
    fn open_direct(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.open(name)
    }

    /// Makes a new, empty file; an existing one of that name is emptied.
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Tells whether a file exists.
    fn exists(&self, name: &str) -> io::Result<bool>;

    /// Renames a file, replacing the target; durable after `sync_directory`.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file; durable after `sync_directory`.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes creations, renames and removals durable.
    fn sync_directory(&self) -> io::Result<()>;

    /// Returns the bytes an unprivileged writer can still use.
    fn free_bytes(&self) -> io::Result<u64>;

    /// Returns all bytes of the file system, used or free.
    fn total_bytes(&self) -> io::Result<u64>;
}

/// One file.
pub trait DiskFile: Send + Sync + Debug + 'static {
    /// Returns the length in bytes.
    fn len(&self) -> io::Result<u64>;

    /// Tells whether the file holds nothing.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Reads exactly the buffer's length; an error if the file ends before.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Writes all bytes.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Changes the length; new bytes are zero.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Makes contents and length durable.
    fn sync(&self) -> io::Result<()>;
}
