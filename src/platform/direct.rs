//! A file that is written past the page cache (`O_DIRECT`): what is written once, synced at once and read only after a
//! crash gains nothing from a copy in the cache, and making that copy is most of what a large write costs.
//!
//! File systems and disks that cannot, or not in units of 512 bytes, are written through the cache.

use crate::platform::disk::DiskFile;
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Offsets and lengths must be multiples of this on most disks; those with larger sectors refuse, and are then written
/// through the cache.
const UNIT: usize = 512;

/// Where in memory every disk takes its bytes from.
const ALIGNMENT: usize = 4_096;

/// A file with two ways to it.
#[derive(Debug)]
pub(super) struct DirectFile {
    cached: File,
    /// The way past the cache.
    direct: File,
    /// Cleared when that way turns out to be none.
    is_direct: AtomicBool,
    /// Bytes on their way, at an aligned place. Held while they are written.
    scratch: Mutex<Vec<u8>>,
}

impl DirectFile {
    /// Opens an existing file both ways; none if the file system knows only one.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        let cached = OpenOptions::new().read(true).write(true).open(path)?;
        let flags = i32::try_from(OFlags::DIRECT.bits()).map_err(io::Error::other)?;
        let Ok(direct) = OpenOptions::new().write(true).custom_flags(flags).open(path) else {
            return Ok(None);
        };
        let (is_direct, scratch) = (AtomicBool::new(true), Mutex::default());
        Ok(Some(Self { cached, direct, is_direct, scratch }))
    }

    /// Writes past the cache; returns how many bytes were written.
    fn write_past(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let needed = bytes.len() + ALIGNMENT;
        if scratch.len() < needed {
            scratch.resize(needed, 0);
        }
        let begin = scratch.as_ptr().align_offset(ALIGNMENT);
        let aligned = begin.checked_add(bytes.len()).and_then(|end| scratch.get_mut(begin..end));
        let aligned = aligned.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        aligned.copy_from_slice(bytes);
        self.direct.write_at(aligned, offset)
    }
}

impl DiskFile for DirectFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.cached.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.cached.read_exact_at(buffer, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let fits = bytes.len().is_multiple_of(UNIT) && offset.is_multiple_of(UNIT as u64);
        let mut written = 0;
        if fits && self.is_direct.load(Ordering::Relaxed) {
            match self.write_past(offset, bytes) {
                Ok(count) => written = count,
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                    self.is_direct.store(false, Ordering::Relaxed);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let rest = bytes.get(written..).unwrap_or_default();
        self.cached.write_all_at(rest, offset + written as u64)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.cached.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        self.cached.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::scratch::ScratchDirectory;

    #[test]
    fn what_is_written_either_way_is_read_back() {
        let directory = ScratchDirectory::new();
        let path = directory.join("file");
        std::fs::write(&path, vec![0; 64 * 1024]).unwrap();
        if let Some(file) = DirectFile::open(&path).unwrap() {
            file.write_at(0, &[1; 100]).unwrap();
            file.write_at(512, &[2; 8_192]).unwrap();
            file.write_at(8_704, &[3; 512]).unwrap();
            file.write_at(9_217, &[4; 7]).unwrap();
            file.sync().unwrap();
            let mut all = vec![9; 9_300];
            file.read_at(0, &mut all).unwrap();
            let expected =
                [vec![1; 100], vec![0; 412], vec![2; 8_192], vec![3; 512], vec![0], vec![4; 7]].concat();
            assert_eq!(all[..9_224], expected);
            assert_eq!(file.len().unwrap(), 64 * 1024);
        }
    }
}
