//! The certificates.

use crate::domain::agent::RequestMark;
use crate::services::certificates::{CertificateChange, Issued};
use crate::web::api::reading::actor;
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::request::key;
use crate::web::wire::certificate::CertificatesJson;
use axum::response::Response;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

/// Where the certificates are.
const CERTIFICATE: HeaderValue = HeaderValue::from_static("/api/v1/certificate");

/// Shows the certificates.
pub(in crate::web) fn show_certificate(call: &Call<'_>) -> Result<Response, Problem> {
    let status = call.services()?.certificates.status();
    Ok(call::uncached(call::json(StatusCode::OK, &CertificatesJson::from(&status))))
}

/// Issues a new server certificate: 204 when the same request came before.
pub(in crate::web) async fn renew_certificate(call: &Call<'_>) -> Result<Response, Problem> {
    issue(call, CertificateChange::Renewal, "renew-certificate").await
}

/// Begins a new authority: 204 when the same request came before.
pub(in crate::web) async fn rotate_authority(call: &Call<'_>) -> Result<Response, Problem> {
    issue(call, CertificateChange::Rotation, "rotate-authority").await
}

async fn issue(call: &Call<'_>, change: CertificateChange, purpose: &str) -> Result<Response, Problem> {
    let mark = key::sent(&call.parts.headers)?.map(|key| RequestMark::new(purpose, &key));
    Ok(match call.services()?.certificates.issue(actor(call), change, mark).await? {
        Issued::Now(status) => call::uncached(call::json(StatusCode::OK, &CertificatesJson::from(&*status))),
        Issued::Before => {
            let mut response = call::no_content();
            response.headers_mut().insert(LOCATION, CERTIFICATE);
            response
        }
    })
}
