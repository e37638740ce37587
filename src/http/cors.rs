//! Pages of other sites that call the appliance from a browser (CORS, WHATWG Fetch). Off until `cors.origins` names
//! some. What a page may do it may do with the token it holds: cookies are never asked for.

use crate::http::options::EdgeOptions;
use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

/// What pages may call with.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE");

/// The headers that pages may send.
const HEADERS: HeaderValue =
    HeaderValue::from_static("Content-Type, X-API-Key, Authorization, Idempotency-Key, If-None-Match");

/// The headers that pages may read.
const EXPOSED: HeaderValue = HeaderValue::from_static("ETag, Retry-After");

/// Seconds for which a browser need not ask again; a change of the setting counts after that time.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Stands for any origin in the settings and in answers.
const ANY: &str = "*";

/// Answers a browser's question whether a page may send a request; none if the request is no such question or comes
/// from a page that may not.
pub(crate) fn preflight(parts: &Parts, options: &EdgeOptions) -> Option<Response> {
    if parts.method != Method::OPTIONS || !parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    allowed(&parts.headers, options)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
    headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    Some(response)
}

/// Lets the page that asked read the answer, if it may. Answers differ by origin, so no cache may mix them up.
pub(crate) fn describe(request: &HeaderMap, options: &EdgeOptions, headers: &mut HeaderMap) {
    if options.cors_origins.is_empty() {
        return;
    }
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = allowed(request, options) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

/// Returns the origin to name in an answer, if the request comes from one that may call.
fn allowed(request: &HeaderMap, options: &EdgeOptions) -> Option<HeaderValue> {
    let origin = request.get(ORIGIN).filter(|_| !options.cors_origins.is_empty())?;
    options.cors_origins.iter().find_map(|known| match known.as_str() {
        ANY => Some(HeaderValue::from_static(ANY)),
        known => (origin == known).then(|| origin.clone()),
    })
}
