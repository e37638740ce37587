//! Media types of bodies, and which answer a client wants to see.

use crate::domain::event::is_media_type;
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::http::request::header;
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};

/// Media types of one JSON value a line.
const LINES: [&str; 4] =
    ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"];

/// What a body without `Content-Type` is taken as: nothing is guessed.
const UNKNOWN: &str = "application/octet-stream";

/// What intake accepts, as `GET /v1` and refusals say it.
pub const ACCEPTED_FORMATS: &[&str] = &[
    "application/json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/x-ndjson",
    "*/*",
];

/// Headers of the attributes that every event has.
pub(crate) const REQUIRED_HEADERS: [&str; 4] = ["ce-specversion", "ce-id", "ce-source", "ce-type"];

/// Tells whether a request carries a CloudEvent in binary mode: one of the attributes that every event has is there.
/// Other headers may begin like that by chance.
pub fn is_binary(headers: &HeaderMap) -> bool {
    REQUIRED_HEADERS.iter().any(|name| headers.contains_key(*name))
}

/// How a body holds events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFormat<'a> {
    /// One event's payload, under this media type.
    Payload(&'a str),
    /// One CloudEvent's data, attributes in headers (binary mode), under this media type if there is one.
    CloudEventData(Option<&'a str>),
    /// One CloudEvent in JSON (structured mode).
    CloudEvent,
    /// An array of CloudEvents in JSON (batched mode).
    CloudEvents,
    /// One JSON value a line.
    Lines,
}

/// Tells how a body holds events: by its media type, and where that is none of CloudEvents by `ce-*` headers.
pub fn format_of(headers: &HeaderMap) -> Result<BodyFormat<'_>, Problem> {
    refuse_encoding(headers)?;
    let content_type = header::text(headers, &CONTENT_TYPE)?.map(str::trim_ascii);
    let essence = essence(content_type.unwrap_or(UNKNOWN));
    // The longer prefix first: the shorter is one of it.
    if let Some(encoding) = after(essence, "application/cloudevents-batch") {
        return in_json(encoding).map(|()| BodyFormat::CloudEvents);
    }
    if let Some(encoding) = after(essence, "application/cloudevents") {
        return in_json(encoding).map(|()| BodyFormat::CloudEvent);
    }
    let binary = is_binary(headers);
    if !binary && LINES.iter().any(|known| essence.eq_ignore_ascii_case(known)) {
        return Ok(BodyFormat::Lines);
    }
    let content_type = content_type.map(checked).transpose()?;
    Ok(if binary {
        BodyFormat::CloudEventData(content_type)
    } else {
        BodyFormat::Payload(content_type.unwrap_or(UNKNOWN))
    })
}

/// Returns the media type under which a whole body is one event's payload, whatever it is.
pub fn of_payload(headers: &HeaderMap) -> Result<&str, Problem> {
    refuse_encoding(headers)?;
    let content_type = header::text(headers, &CONTENT_TYPE)?.map(str::trim_ascii);
    content_type.map_or(Ok(UNKNOWN), checked)
}

fn checked(content_type: &str) -> Result<&str, Problem> {
    if is_media_type(content_type) {
        return Ok(content_type);
    }
    let detail = "the Content-Type is not a media type of at most 255 bytes; hint: such as application/json";
    Err(Problem::new(Code::InvalidContentType, detail))
}

/// CloudEvents are read in JSON, which is also what a media type without a suffix means.
fn in_json(encoding: &str) -> Result<(), Problem> {
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("+json") {
        return Ok(());
    }
    let detail = "CloudEvents are read in JSON only; hint: send application/cloudevents+json";
    Err(Problem::new(Code::UnsupportedFormat, detail))
}

fn refuse_encoding(headers: &HeaderMap) -> Result<(), Problem> {
    for value in headers.get_all(CONTENT_ENCODING) {
        let identity = value.as_bytes().trim_ascii();
        if !identity.is_empty() && !identity.eq_ignore_ascii_case(b"identity") {
            let detail = "compressed bodies are not accepted; hint: send the body without Content-Encoding";
            return Err(Problem::new(Code::UnsupportedEncoding, detail));
        }
    }
    Ok(())
}

/// Returns what stands behind a prefix, in whatever case.
fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Tells whether the client would rather see a page than JSON: browsers name `text/html`, machines do not.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let is_refused = |parameter| matches!(parameter, "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
    named(headers, "text/html").any(|range| !range.split(';').map(str::trim_ascii).any(is_refused))
}

/// Returns what `Accept` says of a media type.
fn named<'a>(headers: &'a HeaderMap, media: &'static str) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter(|range| essence(range).eq_ignore_ascii_case(media))
}

/// Returns a media type without its parameters.
fn essence(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim_ascii()
}

/// Tells whether a browser would run what such a payload holds, so that it must be offered as a download.
pub fn may_run_in_browser(content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else { return true };
    let harmless =
        ["application/json", "text/plain", "text/csv", "image/png", "image/jpeg", "image/gif", "image/webp"];
    !harmless.iter().any(|known| essence(content_type).eq_ignore_ascii_case(known))
}

/// Tells whether a client names `application/health+json` among what it accepts.
pub fn accepts_health(headers: &HeaderMap) -> bool {
    named(headers, "application/health+json").next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<String, (u16, &'static str)> {
        let headers = header::of_pairs(pairs);
        let format = format_of(&headers).map(|format| format!("{format:?}"));
        format.map_err(|problem| (problem.status.as_u16(), problem.code.as_str()))
    }

    #[test]
    fn a_payload_keeps_its_media_type_as_sent_and_nothing_is_guessed() {
        assert_eq!(of(&[]), Ok("Payload(\"application/octet-stream\")".into()));
        let json = "application/json; charset=utf-8";
        assert_eq!(of(&[("content-type", json)]), Ok(format!("Payload({json:?})")));
        let svg = [("content-type", "image/svg+xml"), ("content-encoding", "identity")];
        assert_eq!(of(&svg), Ok("Payload(\"image/svg+xml\")".into()));
    }

    #[test]
    fn formats_are_told_by_media_type_then_by_headers() {
        for (pairs, format) in [
            (&[("content-type", "application/cloudevents+json")][..], "CloudEvent"),
            (&[("content-type", "application/cloudevents")], "CloudEvent"),
            (&[("content-type", "Application/CloudEvents-Batch+JSON; charset=utf-8")], "CloudEvents"),
            (&[("content-type", "application/x-ndjson")], "Lines"),
            (&[("content-type", "application/ndjson;v=1")], "Lines"),
            (&[("ce-id", "1")], "CloudEventData(None)"),
            (&[("ce-id", "1"), ("content-type", "text/plain")], "CloudEventData(Some(\"text/plain\"))"),
            (&[("ce-id", "1"), ("content-type", "application/cloudevents+json")], "CloudEvent"),
        ] {
            assert_eq!(of(pairs), Ok(format.into()), "{pairs:?}");
        }
        for refused in ["application/cloudevents+avro", "application/cloudevents-batch+xml"] {
            assert_eq!(of(&[("content-type", refused)]), Err((415, "unsupported_format")), "{refused}");
        }
        assert_eq!(of(&[("content-encoding", "gzip")]), Err((415, "unsupported_encoding")));
        for wrong in ["json", "/", "a/", "text /plain", ""] {
            assert_eq!(of(&[("content-type", wrong)]), Err((400, "invalid_content_type")), "{wrong}");
        }
    }

    #[test]
    fn browsers_see_pages_and_machines_see_problems() {
        let wants = |accept: &str| wants_page(&header::of_pairs(&[("accept", accept)]));
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
}
