//! The way to a file past the page cache (`O_DIRECT`): what is written once, synced at once and read only after a
//! crash gains nothing from a copy in the cache, and making that copy is most of what a large write costs.
//!
//! File systems and disks that cannot, or not in units of 512 bytes, are written through the cache.

use crate::platform::locks::lock;
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Offsets and lengths must be multiples of this on most disks; those with larger sectors refuse, and are then written
/// through the cache.
const UNIT: usize = 512;

/// Where in memory every disk takes its bytes from.
const ALIGNMENT: usize = 4_096;

#[derive(Debug)]
pub(super) struct DirectWay {
    file: File,
    /// Cleared when the way turns out to be none.
    is_open: AtomicBool,
    /// Bytes on their way, at an aligned place. Held while they are written.
    scratch: Mutex<Vec<u8>>,
}

impl DirectWay {
    /// Opens the way to an existing file; none if the file system knows no such way.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        let flags = i32::try_from(OFlags::DIRECT.bits()).map_err(io::Error::other)?;
        let file = OpenOptions::new().write(true).custom_flags(flags).open(path).ok();
        Ok(file.map(|file| Self { file, is_open: AtomicBool::new(true), scratch: Mutex::default() }))
    }

    /// Writes what can go this way; returns how many bytes were written.
    pub(super) fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let fits = bytes.len().is_multiple_of(UNIT) && offset.is_multiple_of(UNIT as u64);
        if !fits || !self.is_open.load(Ordering::Relaxed) {
            return Ok(0);
        }
        match self.write_aligned(offset, bytes) {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                self.is_open.store(false, Ordering::Relaxed);
                Ok(0)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            written => written,
        }
    }

    fn write_aligned(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut scratch = lock(&self.scratch);
        let needed = bytes.len() + ALIGNMENT;
        if scratch.len() < needed {
            scratch.resize(needed, 0);
        }
        let begin = scratch.as_ptr().align_offset(ALIGNMENT);
        let aligned = begin.checked_add(bytes.len()).and_then(|end| scratch.get_mut(begin..end));
        let aligned = aligned.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        aligned.copy_from_slice(bytes);
        self.file.write_at(aligned, offset)
    }
}
