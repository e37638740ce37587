//! Own authority, server certificate, hot reload.
//!
//! A `TlsKeeper` holds what the listener serves. In mode `own` four files lie in `DATA_DIR/tls`; only
//! `ca.key` is a source, the others can be made again from it:
//!
//! | file | holds | made again when |
//! |---|---|---|
//! | `ca.key` (0600) | the authority's key and certificate; for 30 days after a rotation also each former authority and the cross-certificate that leads to it | never: a loss needs the operator |
//! | `ca.pem` | what clients trust: the authority, after a rotation also the former ones | it differs from `ca.key` |
//! | `server.key` (0600) | the server's key, new with every certificate | it does not belong to `server.pem` |
//! | `server.pem` | the server's certificate, after a rotation also the cross-certificates | due, wanted names changed, damaged, other authority |
//!
//! A rotation is one rename of `ca.key`, so no crash can leave half of one: whatever else was not written yet follows
//! from `ca.key` at the next look.

/// Errors, each with its file and a way out.
pub mod error;

/// The cryptography under TLS.
pub mod provider;

/// Reading and writing PEM (RFC 7468), within bounds.
mod pem;

/// Names a certificate is for.
mod name;

/// The names an authority may certify (name constraints, RFC 5280 section 4.2.1.10).
mod permitted;

/// The names and addresses of this machine.
mod machine;

/// What a certificate says (RFC 5280).
mod certificate;

/// A certificate chain with the private key that belongs to it.
mod identity;

/// The appliance's own authority: making, rotating, signing.
mod authority;

/// The files of the own authority, kept consistent and up to date.
mod own;

/// The operator's files.
mod operator;

/// How TLS is spoken: versions, protocols, and which certificate is served at this moment.
mod server;

/// The client's side: trust in one authority file.
pub mod client;

/// What `tls show` tells.
pub mod status;

/// The handle that everything else holds.
pub mod keeper;

/// Handshakes in memory and directories for tests.
#[cfg(test)]
mod testing;

/// What an authority may certify, with real handshakes and with OpenSSL.
#[cfg(test)]
mod permitted_tests;

/// The floor as a whole, with real handshakes.
#[cfg(test)]
mod tests;

pub use crate::tls::own::Upkeep;
