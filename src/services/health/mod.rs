//! Whether the appliance works and can take traffic.
//!
//! What has to be asked of the machine (a synced write, a read, the disk) is asked by one run of probes at a time, at
//! most once a second; everybody who asks meanwhile gets its outcome. What the appliance knows anyway (the requests'
//! latency, the certificate's end) is looked at whenever somebody asks.

/// What the log is told, kept for tests.
#[cfg(test)]
mod warnings;

/// What a check found, and what is answered.
mod check;

/// What answers mean.
mod verdict;

/// Tells the log of a wrong clock.
mod clock_watch;

/// One run of probes, and questions that are asked once however long their answer takes.
mod probes;

/// Whether the store's threads still move.
mod motion;

/// The service.
mod service;

/// What a disk that hangs is told as.
#[cfg(test)]
mod stuck_disk_tests;

pub use self::check::{Check, Gates, Overall, Readiness, Report, Status};
pub use self::motion::Motion;
pub use self::service::{Health, Phase};
