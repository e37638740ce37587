//! What is wrong with an appliance and the machine under it: one finding for each check, with what to do.
//!
//! Checks judge plain values, so that each fault can be shown without a machine that has it; `examine` gathers the
//! values from the files, and from the appliance itself if it runs.

/// What a check found.
mod finding;

/// The clock.
mod clock;

/// Names and whether they resolve.
mod names;

/// The certificate.
mod certificate;

/// Space and speed of the disk.
mod disk;

/// Requests that proxies forward.
mod proxies;

/// Owners and modes of files.
mod modes;

/// All checks in turn.
mod examine;

pub use examine::{Asked, Examined, examine};
pub use finding::{Finding, Findings, Verdict};
