//! A disk that holds the journal's first sync for a while and then loses its power.

use crate::disk::{SimDisk, Trouble};
use mainstay::platform::watched_disk::{Asked, WatchedDisk};
use std::time::Duration;

/// How long the sync takes: time enough for other threads to do what they should not.
const HOLD: Duration = Duration::from_millis(400);

/// Makes such a disk. The hold begins with the first journal entry written; the files are made and headers written
/// before.
pub fn held(disk: SimDisk) -> WatchedDisk<SimDisk> {
    WatchedDisk::new(disk.clone(), move |asked| {
        if let Asked::Write(name, bytes) = asked
            && name.starts_with("journal.")
            && bytes.starts_with(b"MSTENTRY")
        {
            std::thread::sleep(HOLD);
            disk.plan(Some(Trouble::Cut(0)));
        }
    })
}
