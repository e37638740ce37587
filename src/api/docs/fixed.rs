//! Answers that change with the program alone.

use crate::http::call::{self, Call};
use crate::http::library::Fixed;
use crate::http::request::condition::names;
use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, ETAG};
use http::{HeaderValue, StatusCode};

/// May be kept, and is asked for each time whether it is still the same.
pub(super) const CHECKED: HeaderValue = HeaderValue::from_static("no-cache");

/// May be kept for good, by anybody.
pub(super) const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Answers bytes, or that the client has them.
pub(super) fn answer(call: &Call<'_>, media: &'static str, content: &Fixed, kept: HeaderValue) -> Response {
    let mut response = if names(&call.parts.headers, &content.etag) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        call::answer(StatusCode::OK, media, content.bytes.clone())
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, content.etag.clone());
    headers.insert(CACHE_CONTROL, kept);
    response
}
