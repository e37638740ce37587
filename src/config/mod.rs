//! Being built.

/// Certificates: own authority, the operator's files, or none.
pub mod tls;
