//! `demo`: the real appliance on loopback, fed by the terminals of a made-up chain of shops over its HTTPS edge.

/// What the terminals of the simulated chain send next.
mod feed;

/// Sending over HTTPS, and whether the answer is the one due.
mod client;

/// Counts, rates and latencies.
mod statistics;

/// The demo's own data directory.
mod place;

/// The demo's tenant and its token.
mod credential;

/// The operator and their login.
mod login;

/// What the terminal shows.
mod screen;

/// Feeding the appliance until there is enough.
mod runner;

/// The command.
pub mod command;
