//! Mainstay takes in events exactly once and keeps them in a durable, tamper-evident ledger.
//!
//! The floors below stand in dependency order: a module imports only modules listed above it, in this file and in
//! every folder, so reading order is build order and there are no circles. `tests/tidy` holds this.

/// Digests, message authentication, sealing and password hashing: pure functions.
pub mod crypto;

/// The business, without the machine: names, tenants, tokens, events, keys, the Merkle tree.
pub mod domain;

/// The machine, without the business: clock, entropy, disk, shutdown.
pub mod platform;

/// Settings: as written, then typed and checked.
pub mod config;

/// Logs and metrics.
pub mod telemetry;

/// The journal, the database and everything that lives in them.
pub mod store;

/// Own authority, server certificate, hot reload.
pub mod tls;

/// Use cases and background workers.
pub mod services;

/// The machinery of HTTP.
pub mod http;

/// The API: for machines.
pub mod api;

/// The console: for people.
mod console;

/// Builds, starts and drains the appliance.
pub mod app;

/// The command line.
pub mod cli;
