//! What `tls show` tells.

use crate::domain::time::Timestamp;
use crate::tls::authority::Previous;
use crate::tls::certificate::Certificate;
use serde::{Deserialize, Serialize};

/// The present certificates. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsStatus {
    /// `own`, `files` or `off`.
    pub mode: String,
    /// What the server shows; none in mode `off`.
    pub certificate: Option<CertificateStatus>,
    /// Whether each certificate that the server shows is signed by the one that follows it.
    pub chain_in_order: bool,
    /// The own authority; none in the other modes.
    pub authority: Option<CertificateStatus>,
    /// Names of `tls.names` that the own authority may not certify, because it was made for others.
    #[serde(default)]
    pub names_left_out: Vec<String>,
    /// Former authorities that are still trusted, newest first.
    pub previous_authorities: Vec<PreviousStatus>,
}

/// One certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateStatus {
    /// Whom it is about.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The DNS names and addresses it is for.
    pub names: Vec<String>,
    /// The first instant it is valid.
    pub not_before: Timestamp,
    /// The last instant it is valid.
    pub not_after: Timestamp,
    /// Whole days until then, negative after it.
    pub days_left: i64,
    /// SHA-256 digest of the certificate, lower-case hexadecimal.
    pub sha256: String,
}

/// A former authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousStatus {
    /// Whom its certificate is about.
    pub subject: String,
    /// SHA-256 digest of its certificate, lower-case hexadecimal.
    pub sha256: String,
    /// Clients that trust only it are served until then.
    pub trusted_until: Timestamp,
}

impl CertificateStatus {
    pub(super) fn of(certificate: &Certificate, now: Timestamp) -> Self {
        Self {
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            names: certificate.names.iter().map(ToString::to_string).collect(),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            days_left: certificate.days_left(now),
            sha256: certificate.fingerprint(),
        }
    }
}

impl From<&Previous> for PreviousStatus {
    fn from(previous: &Previous) -> Self {
        Self {
            subject: previous.certificate.subject.clone(),
            sha256: previous.certificate.fingerprint(),
            trusted_until: previous.cross.not_after,
        }
    }
}
