//! Space kept free, and the ballast given up when even recovery lacks space.

use crate::platform::disk::{Disk, DiskFile};
use std::io;
use std::time::{Duration, Instant};

/// Name of the ballast file.
const BALLAST: &str = "ballast";

/// How long an answer about free space is good for.
const CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// Bytes of ballast written at once.
const CHUNK: usize = 1 << 20;

/// Watches the disk's free space.
#[derive(Debug)]
pub struct Reserve {
    bytes: u64,
    checked: Option<Instant>,
    short: bool,
}

impl Reserve {
    /// Watches that so many bytes stay free; with 0 nothing is ever short.
    pub fn new(bytes: u64) -> Self {
        Self { bytes, checked: None, short: false }
    }

    /// Tells whether less is free than should be. The disk is asked ten times a second at most.
    pub(super) fn is_short(&mut self, disk: &dyn Disk) -> bool {
        if self.bytes > 0 && self.checked.is_none_or(|checked| checked.elapsed() >= CHECK_INTERVAL) {
            self.checked = Some(Instant::now());
            self.short = disk.free_bytes().is_ok_and(|free| free < self.bytes);
        }
        self.short
    }
}

/// Makes the ballast file, unless it is there or would itself leave less free than the reserve.
pub(super) fn lay_ballast(disk: &dyn Disk, bytes: u64, reserve: u64) -> io::Result<()> {
    let present = disk.exists(BALLAST)?;
    if present && disk.open(BALLAST)?.len()? == bytes {
        return Ok(());
    }
    if present {
        disk.remove(BALLAST)?;
    }
    if bytes == 0 || disk.free_bytes()? < bytes.saturating_add(reserve) {
        return Ok(());
    }
    match disk.create(BALLAST).and_then(|file| fill(file.as_ref(), bytes)) {
        // A quota, or somebody was faster. The store works without ballast too.
        Err(error) if is_full(&error) => drop_ballast(disk).map(drop),
        laid => laid,
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn fill(file: &dyn DiskFile, bytes: u64) -> io::Result<()> {
    // Bytes that no file system stores as a hole or compresses to nothing.
    let chunk: Vec<u8> =
        (0..CHUNK as u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    let mut offset = 0;
    while offset < bytes {
        let len = usize::try_from(bytes - offset).unwrap_or(CHUNK).min(CHUNK);
        file.write_at(offset, chunk.get(..len).unwrap_or(&chunk))?;
        offset += len as u64;
    }
    file.sync()
}

/// Gives the ballast up; tells whether there was one.
pub(super) fn drop_ballast(disk: &dyn Disk) -> io::Result<bool> {
    let present = disk.exists(BALLAST)?;
    if present {
        disk.remove(BALLAST)?;
        disk.sync_directory()?;
    }
    Ok(present)
}
