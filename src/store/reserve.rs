//! Space kept free, and the ballast given up when even recovery lacks space.

use crate::platform::disk::Disk;
use crate::store::error::is_storage_full;
use crate::store::journal::writer::{FILL_CHUNK, fill};
use std::io;
use std::time::{Duration, Instant};

/// Name of the ballast file.
const BALLAST: &str = "ballast";

/// How long an answer about free space is good for.
const CHECK_INTERVAL: Duration = Duration::from_millis(100);

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
    // Bytes that no file system stores as a hole or compresses to nothing.
    let chunk: Vec<u8> =
        (0..FILL_CHUNK as u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    match disk.create(BALLAST).and_then(|file| fill(file.as_ref(), bytes, &chunk)) {
        // A quota, or another process was faster. The store works without ballast too.
        Err(error) if is_storage_full(&error) => drop_ballast(disk).map(drop),
        laid => laid,
    }
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
