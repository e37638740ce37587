//! How long one fdatasync takes here: the measure of a durable answer.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// As much as a small batch writes.
const WRITE_LEN: usize = 4_096;

/// Writes walk through the file and begin again at its end, as a journal does.
const FILE_LEN: usize = 8 * 1024 * 1024;

/// Returns the median of fdatasync after overwriting 4 KiB of a zero-filled file, tried for as long as told.
pub(crate) fn median_fdatasync(directory: &Path, time: Duration) -> io::Result<Duration> {
    let path = directory.join("fdatasync-probe");
    let file = File::create(&path)?;
    file.write_all_at(&vec![0; FILE_LEN], 0)?;
    file.sync_all()?;
    let mut taken = Vec::new();
    let started = Instant::now();
    while taken.is_empty() || started.elapsed() < time {
        let offset = (taken.len() * WRITE_LEN) % FILE_LEN;
        file.write_all_at(&[0x5a; WRITE_LEN], offset as u64)?;
        let written = Instant::now();
        file.sync_data()?;
        taken.push(written.elapsed());
    }
    std::fs::remove_file(path)?;
    taken.sort_unstable();
    Ok(taken.get(taken.len() / 2).copied().unwrap_or_default())
}
