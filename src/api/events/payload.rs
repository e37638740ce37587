//! `GET /v1/events/{seq}/payload`.

use super::find;
use crate::http::call::{self, Call};
use crate::http::problem::Problem;
use crate::http::request::media::may_run_in_browser;
use axum::response::Response;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

/// The media type of a payload that has none that can be written.
const UNKNOWN: &str = "application/octet-stream";

/// Answers the payload byte for byte, under the media type it came with. A sender's page or script is only offered
/// as a download: on this origin it must never run.
pub(crate) async fn find_payload(call: &Call<'_>) -> Result<Response, Problem> {
    let answers = call.edge.answers.clone();
    let (seq, content_type, payload) = find::find(call, move |event| {
        Ok((event.seq, event.attributes.content_type, answers.hold(event.payload)?))
    })
    .await?;
    let content_type = content_type.as_deref();
    let mut response = call::answer(StatusCode::OK, UNKNOWN, payload);
    let headers = response.headers_mut();
    if let Some(Ok(known)) = content_type.map(HeaderValue::from_str) {
        headers.insert(CONTENT_TYPE, known);
    }
    if may_run_in_browser(content_type) {
        let name = format!("attachment; filename=\"event-{seq}\"");
        let value = HeaderValue::from_str(&name).expect("a name of digits is a header value");
        headers.insert(CONTENT_DISPOSITION, value);
    }
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    Ok(call::uncached(response))
}
