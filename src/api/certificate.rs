//! The certificates.

use crate::api::tags;
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::route::{ADMIN, Handler, Route, handler};
use crate::services::certificates::{CertificateChange, PLACE};
use crate::tls::status::{CertificateStatus, PreviousStatus, TlsStatus};
use axum::response::Response;
use serde::Serialize;

/// The present certificates.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Certificates")]
pub(crate) struct CertificatesJson<'a> {
    /// `own`: of an authority of the appliance's; `files`: the operator's; `off`: a proxy speaks TLS.
    mode: &'a str,
    /// What the server shows; null where the mode is `off`.
    certificate: Option<CertificateJson<'a>>,
    /// Whether each certificate that the server shows is signed by the one that follows it.
    chain_in_order: bool,
    /// The appliance's own authority; null in the other modes.
    authority: Option<CertificateJson<'a>>,
    /// Names of `tls.names` that the authority may not certify, because it was made for others: the certificate lacks
    /// them until the authority is rotated.
    names_left_out: &'a [String],
    /// Former authorities that are still trusted, newest first.
    previous_authorities: Vec<PreviousJson<'a>>,
}

/// One certificate.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Certificate")]
struct CertificateJson<'a> {
    subject: &'a str,
    issuer: &'a str,
    /// The DNS names and addresses it is for.
    names: &'a [String],
    not_before: Timestamp,
    not_after: Timestamp,
    /// Whole days until then, negative after it.
    days_left: i64,
    /// SHA-256 digest, lower-case hexadecimal.
    sha256: &'a str,
}

/// A former authority.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "PreviousAuthority")]
struct PreviousJson<'a> {
    subject: &'a str,
    sha256: &'a str,
    /// Clients that trust only it are served until then.
    trusted_until: Timestamp,
}

impl<'a> From<&'a TlsStatus> for CertificatesJson<'a> {
    fn from(status: &'a TlsStatus) -> Self {
        let previous = |status: &'a PreviousStatus| {
            let PreviousStatus { subject, sha256, trusted_until } = status;
            PreviousJson { subject, sha256, trusted_until: *trusted_until }
        };
        Self {
            mode: &status.mode,
            certificate: status.certificate.as_ref().map(CertificateJson::from),
            chain_in_order: status.chain_in_order,
            authority: status.authority.as_ref().map(CertificateJson::from),
            names_left_out: &status.names_left_out,
            previous_authorities: status.previous_authorities.iter().map(previous).collect(),
        }
    }
}

impl<'a> From<&'a CertificateStatus> for CertificateJson<'a> {
    fn from(status: &'a CertificateStatus) -> Self {
        let CertificateStatus { subject, issuer, names, not_before, not_after, days_left, sha256 } = status;
        let (not_before, not_after, days_left) = (*not_before, *not_after, *days_left);
        Self { subject, issuer, names, not_before, not_after, days_left, sha256 }
    }
}

pub(crate) fn show_certificate(call: &Call<'_>) -> Result<Response, Problem> {
    let status = call.services()?.certificates.status();
    Ok(call::shown(&CertificatesJson::from(&status)))
}

async fn renew_certificate(call: &Call<'_>) -> Result<Response, Problem> {
    issue(call, CertificateChange::Renewal).await
}

async fn rotate_authority(call: &Call<'_>) -> Result<Response, Problem> {
    issue(call, CertificateChange::Rotation).await
}

async fn issue(call: &Call<'_>, change: CertificateChange) -> Result<Response, Problem> {
    let status = call.services()?.certificates.issue(call.request(), change).await?;
    Ok(call::changed(&CertificatesJson::from(&status), PLACE))
}

static SHOW_CERTIFICATE: Operation =
    Operation::new(&tags::MANAGEMENT, "showCertificate", "Shows the certificates: names, ends, fingerprints")
        .answers::<CertificatesJson<'static>>("The certificates.");

static RENEW_CERTIFICATE: Operation =
    Operation::new(&tags::MANAGEMENT, "renewCertificate", "Issues a new server certificate now")
        .detail("New connections get it; clients notice nothing. For the appliance's own certificate alone.")
        .answers::<CertificatesJson<'static>>("The certificates as they are now.")
        .refuses(&[Code::ReadOnly]);

static ROTATE_AUTHORITY: Operation =
    Operation::new(&tags::MANAGEMENT, "rotateAuthority", "Begins a new authority")
        .detail(
            "Clients that trust the old one go on for 30 days and need the new `ca.pem` by then. If `names_left_out` \
             holds names, the new authority certifies them too, and clients that trust the old one alone need the new \
             `ca.pem` at once.",
        )
        .answers::<CertificatesJson<'static>>("The certificates as they are now.")
        .refuses(&[Code::ReadOnly, Code::Unacceptable]);

pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/certificate", ADMIN, Handler::Now(show_certificate), &SHOW_CERTIFICATE),
    Route::post("/api/v1/certificate/renew", ADMIN, handler!(renew_certificate), &RENEW_CERTIFICATE),
    Route::post("/api/v1/certificate/rotate", ADMIN, handler!(rotate_authority), &ROTATE_AUTHORITY),
];
