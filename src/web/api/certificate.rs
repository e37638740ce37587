//! The certificates.

use crate::domain::agent::RequestMark;
use crate::services::certificates::{Issued, Wish};
use crate::services::refusal::Refusal;
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
    let status = status.ok_or_else(|| Refusal::NotWritten("the certificates are not open".to_owned()))?;
    Ok(call::uncached(call::json(StatusCode::OK, &CertificatesJson::from(&status))))
}

/// Issues a new server certificate: 204 when the same request came before.
pub(in crate::web) async fn renew_certificate(call: &Call<'_>) -> Result<Response, Problem> {
    issue(call, Wish::Renewal, "renew-certificate").await
}

/// Begins a new authority: 204 when the same request came before.
pub(in crate::web) async fn rotate_authority(call: &Call<'_>) -> Result<Response, Problem> {
    issue(call, Wish::Rotation, "rotate-authority").await
}

async fn issue(call: &Call<'_>, wish: Wish, purpose: &str) -> Result<Response, Problem> {
    let mark = key::sent(&call.parts.headers)?.map(|key| RequestMark::new(purpose, &key));
    Ok(match call.services()?.certificates.issue(actor(call), wish, mark).await? {
        Issued::Now(status) => call::uncached(call::json(StatusCode::OK, &CertificatesJson::from(&*status))),
        Issued::Before => {
            let mut response = call::no_content();
            response.headers_mut().insert(LOCATION, CERTIFICATE);
            response
        }
    })
}
