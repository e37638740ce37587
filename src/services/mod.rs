//! Use cases: what the edge and the command line ask for, in the business's own words.

/// Who calls, and which tenant they reach.
pub mod access;

/// Events coming in.
pub mod ingest;

/// Events being read.
pub mod reading;

/// Whether the appliance can take traffic.
pub mod health;
