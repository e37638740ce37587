//! `GET /ca.pem`.

use crate::web::call::{self, Call};
use crate::web::code::Code;
use crate::web::problem::Problem;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;

/// Answers the certificate that clients need to trust this appliance.
pub(in crate::web) fn show_authority(call: &Call<'_>) -> Result<Response, Problem> {
    let pem = (call.edge.authority_pem)().ok_or_else(|| {
        let detail = "there is no own authority here; hint: the server's certificate is the operator's own";
        Problem::new(Code::NoAuthority, detail)
    })?;
    Ok(call::answer(StatusCode::OK, "application/x-pem-file", Bytes::copy_from_slice(pem.as_bytes())))
}
