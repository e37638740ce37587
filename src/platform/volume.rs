//! The file system under a directory: its space, and how long it takes to make a write durable.

use crate::platform::files::remove_if_there;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

/// Name of the file that is written to; it is removed again.
const PROBE_FILE: &str = ".sync-probe";

/// Bytes of a write: one page, as a small journal entry.
const PROBE_LEN: usize = 4096;

/// Writes that are timed: enough for a median that one slow write does not move.
const PROBE_WRITES: usize = 25;

/// The timing ends after the write that passes this: a disk that is slow is known to be after a few.
const PROBE_TIME_MAX: Duration = Duration::from_secs(5);

/// What is left of a file system, for a writer without privileges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes that can still be written.
    pub free_bytes: u64,
    /// All bytes.
    pub total_bytes: u64,
    /// Files that can still be made.
    pub free_files: u64,
    /// All files there can be; 0 where the file system sets no number.
    pub total_files: u64,
}

/// Returns what is left of the file system that holds a directory.
pub fn space(directory: &Path) -> io::Result<Space> {
    let status = rustix::fs::statvfs(directory)?;
    Ok(Space {
        free_bytes: status.f_bavail.saturating_mul(status.f_frsize),
        total_bytes: status.f_blocks.saturating_mul(status.f_frsize),
        free_files: status.f_favail,
        total_files: status.f_files,
    })
}

/// Writes a page again and again, syncs each time, and returns the median time of it. Blocks.
pub fn median_sync(directory: &Path) -> io::Result<Duration> {
    let path = directory.join(PROBE_FILE);
    remove_if_there(&path)?;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    let timed = time_writes(&file);
    std::fs::remove_file(&path)?;
    let mut times = timed?;
    times.sort_unstable();
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

fn time_writes(file: &File) -> io::Result<Vec<Duration>> {
    let page = [0; PROBE_LEN];
    // The first write makes room; the journal overwrites what is there.
    file.write_all_at(&page, 0)?;
    file.sync_all()?;
    let (began, mut times) = (Instant::now(), Vec::with_capacity(PROBE_WRITES));
    while times.len() < PROBE_WRITES && (times.is_empty() || began.elapsed() < PROBE_TIME_MAX) {
        let at = Instant::now();
        file.write_all_at(&page, 0)?;
        file.sync_data()?;
        times.push(at.elapsed());
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::scratch::ScratchDirectory;

    #[test]
    fn a_directory_has_space_and_a_time_to_sync_and_nothing_is_left_behind() {
        let directory = ScratchDirectory::new();
        let space = space(&directory).unwrap();
        assert!(space.free_bytes > 0 && space.total_bytes >= space.free_bytes);
        assert!(median_sync(&directory).unwrap() > Duration::ZERO);
        assert_eq!(std::fs::read_dir(&*directory).unwrap().count(), 0);
        std::fs::remove_dir_all(&*directory).unwrap();
        assert!(median_sync(&directory).is_err());
    }
}
