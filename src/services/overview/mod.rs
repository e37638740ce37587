//! The state of the appliance on one page, and what needs attention.

/// What somebody should look at.
mod trouble;

/// Everything together, and which tenants use most.
mod summary;

pub use self::summary::{Busiest, Busy, Disk, Overview};
pub use self::trouble::Trouble;
