//! Sources: create, change, rotate, delete.

/// A source to be made, changed, found, and what must hold of it.
pub mod values;

/// The commands.
pub mod manage;

pub use self::manage::Sources;
pub use self::values::{Ensured, NewSource, SourceChange, SourceRotation, TenantSource};
