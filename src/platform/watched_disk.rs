//! A disk that tells what is asked of it before it happens, so that tests can hold, count and break it.

use crate::platform::disk::{Disk, DiskFile};
use std::fmt;
use std::io;
use std::sync::Arc;

/// What is asked of a disk, with the name of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked<'a> {
    /// To write these bytes.
    Write(&'a str, &'a [u8]),
    /// To make a file durable.
    Sync(&'a str),
    /// To say how large it is.
    TotalBytes,
}

/// What is called before the disk does what is asked of it.
type Watch = Arc<dyn Fn(Asked<'_>) + Send + Sync>;

/// A disk over another one, to which it hands everything on.
pub struct WatchedDisk<D> {
    disk: D,
    watch: Watch,
}

struct WatchedFile {
    name: String,
    file: Arc<dyn DiskFile>,
    watch: Watch,
}

impl<D: Disk> WatchedDisk<D> {
    /// Watches a disk.
    pub fn new(disk: D, watch: impl Fn(Asked<'_>) + Send + Sync + 'static) -> Self {
        Self { disk, watch: Arc::new(watch) }
    }

    fn watched(&self, name: &str, file: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        Arc::new(WatchedFile { name: name.to_owned(), file, watch: Arc::clone(&self.watch) })
    }
}

impl<D: Disk> Disk for WatchedDisk<D> {
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.watched(name, self.disk.open(name)?))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.watched(name, self.disk.create(name)?))
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.disk.exists(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.disk.sync_directory()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.disk.free_bytes()
    }

    fn total_bytes(&self) -> io::Result<u64> {
        (self.watch)(Asked::TotalBytes);
        self.disk.total_bytes()
    }
}

impl DiskFile for WatchedFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        (self.watch)(Asked::Write(&self.name, bytes));
        self.file.write_at(offset, bytes)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        (self.watch)(Asked::Sync(&self.name));
        self.file.sync()
    }
}

impl<D> fmt::Debug for WatchedDisk<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WatchedDisk")
    }
}

impl fmt::Debug for WatchedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WatchedFile({})", self.name)
    }
}
