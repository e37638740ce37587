//! `doctor`.

/// Whether the listeners answer.
mod listeners;

/// What the appliance tells.
mod appliance;

/// The command.
mod command;

pub use command::Doctor;
