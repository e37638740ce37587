//! `GET /ca.pem`.

use crate::api::tags;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::operation::{Answer, Content, Operation};
use crate::http::problem::Problem;
use crate::http::route::{Handler, Route, When, Who};
use crate::http::schemas::text;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;

/// Answers the certificate that clients need to trust this appliance.
pub(crate) fn show_authority(call: &Call<'_>) -> Result<Response, Problem> {
    let pem = (call.edge.authority_pem)().ok_or_else(|| {
        let detail = "there is no own authority here; hint: the server's certificate is the operator's own";
        Problem::new(Code::NoAuthority, detail)
    })?;
    Ok(call::answer(StatusCode::OK, "application/x-pem-file", Bytes::copy_from_slice(pem.as_bytes())))
}

static AUTHORITY: Operation =
    Operation::new(&tags::ABOUT, "showAuthority", "Gives the authority's certificate")
        .detail("Clients that trust it trust this appliance.")
        .answer(Answer::of(200, "The certificate in PEM.", &[Content::of("application/x-pem-file", text)]))
        .refuses(&[Code::NoAuthority]);

/// The routes.
pub(crate) static ROUTES: &[Route] =
    &[Route::get("/ca.pem", Who::Anyone, Handler::Now(show_authority), &AUTHORITY).when(When::Started)];
