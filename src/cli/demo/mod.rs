//! `demo`: the real appliance on loopback, fed by the terminals of a made-up chain of shops over its HTTPS edge.

/// The simulated chain: what it sends, and what is answered.
mod simulator;

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
