//! The certificate: what is served, how clients come to trust it, and renewing it.

use crate::console::address::own_address;
use crate::console::form::{self, Faults, Form, REQUEST, fresh_key};
use crate::console::frame::{Frame, Section, done, page, repeated};
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::route::{CHANGE, Handler, Route, SEE, handler};
use crate::services::certificates::CertificateChange;
use crate::services::refusal::Refusal;
use crate::tls::status::{CertificateStatus, PreviousStatus, TlsStatus};
use askama::Template;
use axum::response::Response;

const ADDRESS: &str = "/console/certificate";

/// A certificate with fewer days left should have been renewed: the appliance renews its own 30 days before.
const DAYS_LOW: i64 = 21;

/// The word that is typed before the authority is rotated.
const ROTATE: &str = "rotate";

#[derive(Template)]
#[template(path = "console/certificate.html")]
struct CertificatePage {
    frame: Frame,
    /// `own`, `files` or `off`.
    mode: String,
    served: Option<CertificateStatus>,
    chain_in_order: bool,
    authority: Option<CertificateStatus>,
    /// Names of `tls.names` that the authority may not certify.
    left_out: Vec<String>,
    previous: Vec<PreviousStatus>,
    request: String,
    /// Such as `https://till.example:8443`.
    place: String,
    faults: Faults,
}

impl CertificatePage {
    /// How the file is fetched before it is trusted.
    fn fetch(&self) -> String {
        let place = &self.place;
        format!(
            "curl --insecure --output ca.pem {place}/ca.pem\nopenssl x509 -in ca.pem -noout -fingerprint -sha256"
        )
    }

    /// How a request trusts it.
    fn curl(&self) -> String {
        format!("curl --cacert ca.pem {}/health", self.place)
    }
}

/// Returns how long a certificate is still valid, for people.
fn validity(status: &CertificateStatus, frame: &Frame) -> (&'static str, String) {
    match status.days_left {
        left if status.not_after <= frame.now => ("bad", format!("ended {} days ago", -left)),
        left if left < DAYS_LOW => ("warn", format!("{left} days left")),
        left => ("ok", format!("{left} days left")),
    }
}

/// Writes a fingerprint as browsers do: pairs of capital digits with colons between.
fn in_pairs(hex: &str) -> String {
    let digits: Vec<char> = hex.to_ascii_uppercase().chars().collect();
    digits.chunks(2).map(|pair| pair.iter().collect::<String>()).collect::<Vec<_>>().join(":")
}

pub(super) fn show_certificate(call: &Call<'_>) -> Result<Response, Problem> {
    certificate(call, Faults::default())
}

fn certificate(call: &Call<'_>, faults: Faults) -> Result<Response, Problem> {
    let status = call.services()?.certificates.status();
    let TlsStatus { mode, certificate, chain_in_order, authority, names_left_out, previous_authorities } =
        status;
    let shown = CertificatePage {
        request: fresh_key(call),
        frame: Frame::new(call, Section::Certificate, "Certificate"),
        mode,
        served: certificate,
        chain_in_order,
        authority,
        left_out: names_left_out,
        previous: previous_authorities,
        place: own_address(call),
        faults,
    };
    page(shown.faults.status(), &shown)
}

pub(super) async fn renew_certificate(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &[REQUEST]).await?;
    issue(call, &form, CertificateChange::Renewal, ("renew", "renewed")).await
}

/// Begins a new authority once the word was typed.
pub(super) async fn rotate_authority(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["confirm", REQUEST]).await?;
    if form.trimmed("confirm") != ROTATE {
        return certificate(call, Faults::one("confirm", "That is not the word."));
    }
    issue(call, &form, CertificateChange::Rotation, ("confirm", "rotated")).await
}

async fn issue(
    call: &Call<'_>,
    form: &Form,
    change: CertificateChange,
    (field, what): (&'static str, &str),
) -> Result<Response, Problem> {
    match call.services()?.certificates.issue(form.request(call)?, change).await {
        Ok(_status) => Ok(done(ADDRESS, what)),
        Err(Refusal::Repeated { made }) => Ok(repeated(&made)),
        Err(refusal) => certificate(call, Faults::one(field, refusal.to_string())),
    }
}

pub(super) static ROUTES: &[Route] = &[
    Route::page("/console/certificate", SEE, Handler::Now(show_certificate)),
    Route::form("/console/certificate/renew", CHANGE, handler!(renew_certificate)),
    Route::form("/console/certificate/rotate", CHANGE, handler!(rotate_authority)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_reads_as_in_a_browser() {
        assert_eq!(in_pairs("00ff1a"), "00:FF:1A");
        assert_eq!(in_pairs(""), "");
    }
}
