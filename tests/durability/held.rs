//! A disk that holds the journal's first sync for a while and then loses its power.

use crate::disk::{SimDisk, Trouble};
use mainstay::platform::disk::{Disk, DiskFile};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How long the sync takes: time enough for other threads to do what they should not.
const HOLD: Duration = Duration::from_millis(400);

/// The disk. The hold begins with the first journal entry written; the files are made and headers written before.
#[derive(Debug)]
pub struct Held(SimDisk);

impl Held {
    pub fn new(disk: SimDisk) -> Self {
        Self(disk)
    }
}

impl Disk for Held {
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.0.open(name)?;
        if !name.starts_with("journal.") {
            return Ok(file);
        }
        Ok(Arc::new(HeldFile { file, disk: self.0.clone() }))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.0.create(name)
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.0.exists(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.0.sync_directory()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.0.free_bytes()
    }

    fn total_bytes(&self) -> io::Result<u64> {
        self.0.total_bytes()
    }
}

#[derive(Debug)]
struct HeldFile {
    file: Arc<dyn DiskFile>,
    disk: SimDisk,
}

impl DiskFile for HeldFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if bytes.starts_with(b"MSTENTRY") {
            std::thread::sleep(HOLD);
            self.disk.plan(Some(Trouble::Cut(0)));
        }
        self.file.write_at(offset, bytes)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }
}
