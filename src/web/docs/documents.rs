//! `GET /api/openapi.json` and `GET /api/docs`.

use super::fixed::{self, CHECKED};
use crate::web::call::Call;
use axum::response::Response;
use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};

/// The page loads its stylesheet from here and nothing else from anywhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Answers the OpenAPI document.
pub(in crate::web) fn show_openapi(call: &Call<'_>) -> Response {
    fixed::answer(call, "application/json", &call.edge.library.documents().openapi, CHECKED)
}

/// Answers the page.
pub(in crate::web) fn show_docs(call: &Call<'_>) -> Response {
    let page = &call.edge.library.documents().page;
    let mut response = fixed::answer(call, "text/html; charset=utf-8", page, CHECKED);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}
