//! Memory and processor use of this process, from `/proc` (proc(5)).

use std::fs;
use std::time::Duration;

/// What the kernel says of this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessUsage {
    /// Resident memory in bytes.
    pub resident_bytes: u64,
    /// Virtual memory in bytes.
    pub virtual_bytes: u64,
    /// Processor time used so far.
    pub cpu_time: Duration,
    /// Open file descriptors.
    pub open_files: u64,
    /// Threads.
    pub threads: u64,
}

/// Ticks of processor time in a second on every Linux that Rust supports (USER_HZ).
const TICKS_PER_SECOND: u64 = 100;

impl ProcessUsage {
    /// Reads `/proc/self`; what cannot be read is zero.
    pub fn read() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let kib = |field: &str| field_of(&status, field) * 1024;
        Self {
            resident_bytes: kib("VmRSS:"),
            virtual_bytes: kib("VmSize:"),
            cpu_time: cpu_time(&fs::read_to_string("/proc/self/stat").unwrap_or_default()),
            open_files: fs::read_dir("/proc/self/fd").map_or(0, |files| files.count() as u64),
            threads: field_of(&status, "Threads:"),
        }
    }
}

fn field_of(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// Fields 14 and 15 of `stat`, counted after the command's closing bracket, which may itself hold blanks.
fn cpu_time(stat: &str) -> Duration {
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|number| number.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory_and_files() {
        let usage = ProcessUsage::read();
        assert!(usage.resident_bytes > 100_000 && usage.virtual_bytes >= usage.resident_bytes);
        assert!(usage.open_files > 0 && usage.threads > 0);
        assert_eq!(cpu_time("1 (a) b) S 1 1 1 0 -1 4 1 0 0 0 250 50 0 0"), Duration::from_secs(3));
    }
}
