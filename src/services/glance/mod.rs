//! How everything is, at a glance, and what somebody should do about it.

/// What somebody should look at.
mod trouble;

/// Which tenants use most.
mod busiest;

/// The whole.
mod whole;

pub use self::busiest::{Busiest, Busy};
pub use self::trouble::Trouble;
pub use self::whole::{Disk, Glance, Glances};
