//! Sources: create, change, rotate, delete.

/// A source to be made, changed, found.
pub mod values;

/// What must hold of a source.
pub(super) mod checks;

/// The commands.
pub mod manage;

pub use self::manage::Sources;
pub use self::values::{Ensured, NewSource, SourceChange, SourceRotation, TenantSource};
