//! Builds, starts and drains the appliance; the same parts serve offline commands.

/// The data directory: its files, its lock.
pub mod directory;

/// The data directory's files, and whether other users of the machine may write to them.
pub mod modes;

/// The keys outside the database.
pub mod keys;

/// How far a start is, for those who wait for it.
pub mod progress;

/// The one router: the nouns' tables joined.
pub mod routes;

/// The router before the store is open.
#[cfg(test)]
mod router_tests;

/// The listeners.
pub mod listeners;

/// What the store tells metrics and log, and the end of the process when it fails.
pub mod observer;

/// What the settings mean to the parts that run.
pub mod options;

/// Opening the store of a data directory and making the services over it.
pub mod opening;

/// An appliance that does not run: a command opens its files.
pub mod offline;

/// The file that tells others where a running appliance listens.
pub mod run_file;

/// What is wrong with an appliance and the machine under it.
pub mod doctor;

/// Feeding the service manager's watchdog.
mod watchdog;

/// The list of workers.
mod workers;

/// Stop, as a numbered story.
pub mod drain;

/// Start, as a numbered story.
pub mod start;
