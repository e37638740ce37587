//! The machine, without the business (only its instants are the business's own).

/// Taking locks also after a panic elsewhere.
pub mod locks;

/// The one place that reads the clock.
pub mod clock;

/// The one place that draws randomness.
pub mod entropy;

/// The machine's clock, as far as it is believed.
pub mod believed_clock;

/// What the appliance uses of the machine it runs on.
pub mod machine;

/// Directories for tests.
#[cfg(test)]
pub(crate) mod scratch;

/// The disk as the store sees it.
pub mod disk;

/// A disk that tells what is asked of it, for tests.
pub mod watched_disk;

/// The way to a file past the page cache.
mod direct;

/// A directory of the real file system.
pub mod real_disk;

/// Small files written whole, with their modes.
pub mod files;

/// One signal that asks every part to stop.
pub mod shutdown;

/// Background work that reports itself.
pub mod workers;

/// What the service manager is told.
pub mod service_manager;

/// Memory and processor use of this process, from `/proc`.
pub mod process;

/// The machine as somebody who helps needs to know it.
pub mod system;

/// The file system under a directory: its space, and how long it takes to make a write durable.
pub mod volume;

/// Whether something keeps the clock right.
pub mod time_service;
