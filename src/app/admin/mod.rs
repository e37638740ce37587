//! What the command line asks of an appliance, running or not.
//!
//! A running appliance holds its data directory, so commands reach it through the Unix socket `admin.sock` (mode
//! 0600): one request a connection, as a line of JSON, answered by a line of JSON. With no appliance running the same
//! request is carried out by the command itself on the same services.

/// Requests and answers.
pub mod protocol;

/// What carrying a request out comes to.
mod outcome;

/// Waiting for events.
mod wait;

/// Carrying out requests about sources.
mod sources;

/// Carrying out requests about operators.
mod operators;

/// Carrying out requests about blocks.
mod blocks;

/// Carrying out requests about settings.
mod settings;

/// Carrying a request out.
pub mod dispatch;

/// The socket of a running appliance.
pub mod server;

/// Reaching an appliance: through its socket, or by opening its files.
pub mod client;
