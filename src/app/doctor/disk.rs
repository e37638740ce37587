//! Space and speed of the disk.

use super::finding::{Finding, Findings};
use crate::platform::volume::Space;
use std::time::Duration;

/// A disk with less than one part in so many free is low, as health says too.
const FREE_PARTS: u64 = 10;

/// Fewer files than this may be made: logs and snapshots are about to fail.
const FILES_MIN: u64 = 1_000;

/// Senders notice a sync that takes longer: every answer waits for one.
const SYNC_TIME_WARNED: Duration = Duration::from_millis(10);

/// A database that takes longer is degraded, as health says too.
const SYNC_TIME_MAX: Duration = Duration::from_millis(100);

const MIB: u64 = 1024 * 1024;

pub(super) fn space(space: Result<Space, String>, reserve_bytes: u64) -> Finding {
    let mut findings = Findings::of("disk");
    let space = match space {
        Ok(space) => space,
        Err(problem) => {
            findings.fault(format!("its space cannot be asked for: {problem}"), "check the file system");
            return findings.end();
        }
    };
    let (free, total, reserve) = (space.free_bytes / MIB, space.total_bytes / MIB, reserve_bytes / MIB);
    let seen = format!("{free} MiB of {total} MiB free, the reserve is {reserve} MiB");
    let hint = "free some space, or enlarge the disk: below store.reserve_bytes events are refused with 507";
    if space.free_bytes < reserve_bytes {
        findings.fault(seen, hint);
    } else if space.free_bytes < space.total_bytes / FREE_PARTS {
        findings.warn(seen, hint);
    } else {
        findings.well(seen);
    }
    if space.total_files > 0 {
        let seen = format!("{} of {} inodes free", space.free_files, space.total_files);
        let hint = "remove small files: a file system without inodes takes no new file, whatever its space";
        match space.free_files {
            0 => findings.fault(seen, hint),
            1..FILES_MIN => findings.warn(seen, hint),
            _ => findings.well(seen),
        }
    }
    findings.end()
}

pub(super) fn sync(median: Result<Duration, String>) -> Finding {
    let mut findings = Findings::of("sync");
    match median {
        Err(problem) => findings.fault(
            format!("the data directory cannot be written to: {problem}"),
            "check its owner and mode, and whether the file system is mounted read-only",
        ),
        Ok(median) => {
            let seen = format!("a synced write takes {} µs (median)", median.as_micros());
            let hint = "every answer waits for one: use a local SSD, and no network or shared disk";
            if median > SYNC_TIME_MAX {
                findings.fault(seen, hint);
            } else if median > SYNC_TIME_WARNED {
                findings.warn(seen, hint);
            } else {
                findings.well(seen);
            }
        }
    }
    findings.end()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    #[test]
    fn space_is_judged_by_the_reserve_and_the_whole() {
        let of = |free_mib: u64, free_files: u64| {
            let total = (1_000 * MIB, 100_000);
            let left =
                Space { free_bytes: free_mib * MIB, total_bytes: total.0, free_files, total_files: total.1 };
            space(Ok(left), 50 * MIB).verdict
        };
        assert_eq!(
            [of(500, 9_999), of(90, 9_999), of(49, 9_999)],
            [Verdict::Ok, Verdict::Warning, Verdict::Fault]
        );
        assert_eq!([of(500, 999), of(500, 0)], [Verdict::Warning, Verdict::Fault]);
        assert_eq!(space(Err("gone".to_owned()), 1).verdict, Verdict::Fault);
    }

    #[test]
    fn a_slow_sync_is_told_with_its_time() {
        let of = |micros| sync(Ok(Duration::from_micros(micros)));
        assert_eq!(of(130).seen, "a synced write takes 130 µs (median)");
        assert_eq!(
            [of(130), of(10_001), of(100_001)].map(|one| one.verdict),
            [Verdict::Ok, Verdict::Warning, Verdict::Fault]
        );
        assert_eq!(sync(Err("read-only".to_owned())).verdict, Verdict::Fault);
    }
}
