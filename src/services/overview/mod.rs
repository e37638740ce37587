//! The state of the appliance on one page, and what needs attention.

/// What somebody should look at.
mod trouble;

/// Which tenants use most.
mod busiest;

/// Everything together.
mod summary;

pub use self::busiest::{Busiest, Busy};
pub use self::summary::{Disk, Overview};
pub use self::trouble::Trouble;
