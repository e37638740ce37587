//! A payload's bytes, to be kept and never to be shown: what a sender wrote must not run where operators are signed in.

use crate::console::events::detail::named;
use crate::http::call::{self, Call};
use crate::http::problem::Problem;
use axum::response::Response;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY};
use http::{HeaderValue, StatusCode};

/// Endings of files by media type, for what people open elsewhere.
const ENDINGS: &[(&str, &str)] = &[
    ("application/json", "json"),
    ("text/plain", "txt"),
    ("text/csv", "csv"),
    ("application/xml", "xml"),
    ("text/xml", "xml"),
    ("application/pdf", "pdf"),
    ("image/png", "png"),
    ("image/jpeg", "jpg"),
];

/// Answers the payload byte for byte, as a download.
pub(in crate::console) async fn download_payload(call: &Call<'_>) -> Result<Response, Problem> {
    let (tenant, seq) = named(call)?;
    let answers = call.edge.answers.clone();
    let hold = move |event: crate::services::reading::StoredEvent| {
        Ok((ending(event.attributes.content_type.as_deref()), answers.hold(event.payload)?))
    };
    let (ending, payload) = call.services()?.reading.find(&tenant, seq, hold).await?;
    let mut response = call::answer(StatusCode::OK, "application/octet-stream", payload);
    let name = format!("attachment; filename=\"{}-event-{seq}.{ending}\"", tenant.slug);
    let name = HeaderValue::try_from(name).expect("slugs and digits are plain");
    let headers = response.headers_mut();
    headers.insert(CONTENT_DISPOSITION, name);
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    Ok(call::uncached(response))
}

fn ending(content_type: Option<&str>) -> &'static str {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim_ascii();
    let known = ENDINGS.iter().find(|(media, _)| essence.eq_ignore_ascii_case(media));
    known.map_or("bin", |(_, ending)| ending)
}
