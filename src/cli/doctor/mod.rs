//! `doctor`.

/// Whether the listeners answer.
mod listeners;

/// The command.
mod command;

pub use command::Doctor;
