//! The machine as somebody who helps from afar needs to know it. Nothing in it tells whose it is.

use std::fs;

/// What the program runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// Such as `linux x86_64 (musl)`.
    pub platform: String,
    /// The kernel's release.
    pub kernel: String,
    /// Processors that the process may use.
    pub processors: usize,
    /// All memory in bytes; 0 if it is not known.
    pub memory_bytes: u64,
}

impl System {
    /// Asks the kernel; what cannot be read is empty.
    pub fn read() -> Self {
        let library = if cfg!(target_env = "musl") { "musl" } else { "glibc" };
        let (os, processor) = (std::env::consts::OS, std::env::consts::ARCH);
        Self {
            platform: format!("{os} {processor} ({library})"),
            kernel: rustix::system::uname().release().to_string_lossy().into_owned(),
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            memory_bytes: memory_of(&fs::read_to_string("/proc/meminfo").unwrap_or_default()),
        }
    }
}

/// Returns the kernel's host name.
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn memory_of(meminfo: &str) -> u64 {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_processors_and_memory() {
        let system = System::read();
        assert!(system.processors > 0 && system.memory_bytes > 1 << 20, "{system:?}");
        assert!(system.platform.contains(std::env::consts::ARCH) && !system.kernel.is_empty());
        assert_eq!(memory_of("MemFree: 1 kB\nMemTotal:       2048 kB\n"), 2048 * 1024);
        assert_eq!(memory_of("nothing"), 0);
    }
}
