//! Media types of bodies, and which answer a client wants to see.

use crate::web::problem::Problem;
use crate::web::request::header;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};

/// Longest media type in bytes; it is kept with the event.
const LEN_MAX: usize = 255;

/// What a body without `Content-Type` is taken as: nothing is guessed.
const UNKNOWN: &str = "application/octet-stream";

/// What intake accepts now, as `GET /v1` and refusals say it.
pub const ACCEPTED_FORMATS: &[&str] = &["application/json", "*/*"];

/// Returns the media type under which a body is taken in.
pub fn of_body(headers: &HeaderMap) -> Result<&str, Problem> {
    refuse_encoding(headers)?;
    let content_type = header::text(headers, &CONTENT_TYPE)?.map_or(UNKNOWN, str::trim_ascii);
    let essence = content_type.split(';').next().unwrap_or_default().trim_ascii();
    if starts_with(essence, "application/cloudevents") || has_binary_attributes(headers) {
        return Err(unsupported("CloudEvents are not accepted"));
    }
    if essence.eq_ignore_ascii_case("application/x-ndjson") {
        return Err(unsupported("lines of JSON are not accepted"));
    }
    well_formed(content_type)
}

/// Checks that a text is a media type of bounded length.
fn well_formed(content_type: &str) -> Result<&str, Problem> {
    let essence = content_type.split(';').next().unwrap_or_default().trim_ascii();
    let is_media_type = essence.split_once('/').is_some_and(|(kind, name)| is_token(kind) && is_token(name));
    if content_type.len() <= LEN_MAX && is_media_type {
        Ok(content_type)
    } else {
        let detail =
            "the Content-Type is not a media type of at most 255 bytes; hint: such as application/json";
        Err(Problem::new(StatusCode::BAD_REQUEST, "invalid_content_type", detail))
    }
}

/// Returns the media type under which a delivery of a registered source is taken in: any, and its body is never taken
/// apart.
pub fn of_delivery(headers: &HeaderMap) -> Result<&str, Problem> {
    refuse_encoding(headers)?;
    well_formed(header::text(headers, &CONTENT_TYPE)?.map_or(UNKNOWN, str::trim_ascii))
}

fn refuse_encoding(headers: &HeaderMap) -> Result<(), Problem> {
    for value in headers.get_all(CONTENT_ENCODING) {
        let identity = value.as_bytes().trim_ascii();
        if !identity.is_empty() && !identity.eq_ignore_ascii_case(b"identity") {
            let detail = "compressed bodies are not accepted; hint: send the body without Content-Encoding";
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Problem::new(status, "unsupported_encoding", detail));
        }
    }
    Ok(())
}

/// A CloudEvent in binary mode carries its attributes in headers.
fn has_binary_attributes(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with("ce-"))
}

fn unsupported(what: &str) -> Problem {
    let detail = format!(
        "{what}; hint: send one event a request, as JSON or any other media type, with ?source=, ?type= and ?subject="
    );
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_format", detail)
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Tells whether a text is a token of RFC 9110.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Tells whether the client would rather see a page than JSON: browsers name `text/html`, machines do not.
pub fn wants_page(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(',')).any(
        |range| {
            let mut parts = range.split(';').map(str::trim_ascii);
            let html = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("text/html"));
            html && !parts.any(|parameter| matches!(parameter, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        },
    )
}

/// Tells whether a browser would run what such a payload holds, so that it must be offered as a download.
pub fn may_run_in_browser(content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else { return true };
    let essence = content_type.split(';').next().unwrap_or_default().trim_ascii();
    let harmless =
        ["application/json", "text/plain", "text/csv", "image/png", "image/jpeg", "image/gif", "image/webp"];
    !harmless.iter().any(|known| essence.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn of(pairs: &[(&'static str, &'static str)]) -> Result<String, (u16, &'static str)> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        of_body(&headers).map(str::to_owned).map_err(|problem| (problem.status.as_u16(), problem.code))
    }

    #[test]
    fn a_media_type_is_kept_as_sent_and_never_guessed() {
        assert_eq!(of(&[]), Ok("application/octet-stream".into()));
        let json = "application/json; charset=utf-8";
        assert_eq!(of(&[("content-type", json)]), Ok(json.into()));
        assert_eq!(
            of(&[("content-type", "image/svg+xml"), ("content-encoding", "identity")]),
            Ok("image/svg+xml".into())
        );
    }

    #[test]
    fn formats_that_are_not_read_yet_are_refused_by_name() {
        for refused in [
            ("content-type", "application/cloudevents+json"),
            ("content-type", "Application/CloudEvents-Batch+json; charset=utf-8"),
            ("content-type", "application/x-ndjson"),
            ("ce-id", "1"),
        ] {
            assert_eq!(of(&[refused]), Err((415, "unsupported_format")), "{refused:?}");
        }
        assert_eq!(of(&[("content-encoding", "gzip")]), Err((415, "unsupported_encoding")));
        for wrong in ["json", "/", "a/", "text /plain", ""] {
            assert_eq!(of(&[("content-type", wrong)]), Err((400, "invalid_content_type")), "{wrong}");
        }
    }

    #[test]
    fn browsers_see_pages_and_machines_see_problems() {
        let wants = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            wants_page(&headers)
        };
        assert!(wants("text/html,application/xhtml+xml,*/*;q=0.8"));
        assert!(!wants("*/*") && !wants("application/json") && !wants("text/html;q=0"));
    }

    #[test]
    fn what_a_browser_might_run_is_a_download() {
        assert!(may_run_in_browser(None));
        for active in ["text/html", "image/svg+xml", "application/xml", "application/pdf", "text/javascript"]
        {
            assert!(may_run_in_browser(Some(active)), "{active}");
        }
        assert!(!may_run_in_browser(Some("Application/JSON; charset=utf-8")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_media_type_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let mut headers = HeaderMap::new();
                headers.insert(CONTENT_TYPE, value.clone());
                headers.insert(ACCEPT, value);
                if let Ok(content_type) = of_body(&headers) {
                    prop_assert!(content_type.len() <= LEN_MAX);
                }
                let _ = wants_page(&headers);
            }
        }
    }
}
