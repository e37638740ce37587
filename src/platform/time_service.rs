//! Whether something keeps the clock right, as far as the files of the usual time services tell.

use std::path::Path;

/// Left by systemd-timesyncd once it has set the clock.
const TIMESYNC_DONE: &str = "run/systemd/timesync/synchronized";

/// Made by systemd-timesyncd when it starts.
const TIMESYNC_BEGUN: &str = "run/systemd/timesync";

/// Process files of time services that do not leave a file once the clock is right.
const OTHERS: [(&str, &str); 5] = [
    ("chrony", "run/chrony/chronyd.pid"),
    ("chrony", "run/chronyd.pid"),
    ("ntpd", "run/ntpd.pid"),
    ("ntpsec", "run/ntpsec/ntpd.pid"),
    ("openntpd", "run/openntpd.pid"),
];

/// What is seen of a time service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeService {
    /// This service has set the clock, or runs and does not say.
    Keeps(&'static str),
    /// This service runs and has not set the clock yet.
    Waits(&'static str),
    /// None is seen; a container's host may have one.
    Unseen,
}

impl TimeService {
    /// Looks below a root directory, `/` on a real machine.
    pub fn look(root: &Path) -> Self {
        let is_there = |path: &str| root.join(path).exists();
        if is_there(TIMESYNC_DONE) {
            return Self::Keeps("systemd-timesyncd");
        }
        if let Some((name, _)) = OTHERS.iter().find(|(_, path)| is_there(path)) {
            return Self::Keeps(name);
        }
        if is_there(TIMESYNC_BEGUN) { Self::Waits("systemd-timesyncd") } else { Self::Unseen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::scratch::ScratchDirectory;

    #[test]
    fn time_services_are_known_by_their_files() {
        let root = ScratchDirectory::new();
        assert_eq!(TimeService::look(&root), TimeService::Unseen);
        std::fs::create_dir_all(root.join(TIMESYNC_BEGUN)).unwrap();
        assert_eq!(TimeService::look(&root), TimeService::Waits("systemd-timesyncd"));
        std::fs::write(root.join("run/chronyd.pid"), "1").unwrap();
        assert_eq!(TimeService::look(&root), TimeService::Keeps("chrony"));
        std::fs::write(root.join(TIMESYNC_DONE), "").unwrap();
        assert_eq!(TimeService::look(&root), TimeService::Keeps("systemd-timesyncd"));
    }
}
