//! Certificates: own authority, the operator's files, or none.

use std::path::PathBuf;

/// Where the server's certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsConfig {
    /// Who issues it.
    pub mode: TlsMode,
    /// The names and addresses it is for; empty: derived from the machine.
    pub names: Vec<String>,
    /// The operator's certificate chain (PEM).
    pub cert_file: Option<PathBuf>,
    /// The operator's private key (PEM).
    pub key_file: Option<PathBuf>,
}

/// Who issues the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// The appliance's own authority.
    Own,
    /// The operator, as files.
    Files,
    /// Nobody: no HTTPS.
    Off,
}
