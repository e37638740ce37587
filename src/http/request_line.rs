//! A request's head as the access log shows it.

use crate::domain::event::is_media_type;
use crate::http::request::trace;
use crate::telemetry::access::RequestHeaders;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, Method, Version};

/// The headers of a request, looked into only when its line is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Headers<'a>(pub(crate) &'a HeaderMap);

/// What stands for a text that is no media type: it may be anything.
const MALFORMED: &[u8] = b"malformed";

impl RequestHeaders for Headers<'_> {
    fn user_agent(&self) -> Option<&[u8]> {
        self.0.get(USER_AGENT).map(http::HeaderValue::as_bytes)
    }

    fn content_type(&self) -> Option<&[u8]> {
        let sent = self.0.get(CONTENT_TYPE)?.as_bytes();
        let essence = sent.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let is_one = std::str::from_utf8(essence).is_ok_and(is_media_type);
        Some(if is_one { essence } else { MALFORMED })
    }

    fn trace_id(&self) -> Option<&str> {
        trace::trace_id(self.0)
    }
}

/// Returns a standard method's name; a word a client thought of does not reach the log.
pub(crate) fn method(method: &Method) -> &str {
    let standard = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
    if standard.contains(&method.as_str()) { method.as_str() } else { "OTHER" }
}

/// Returns the name of a version of HTTP.
pub(crate) fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::header::of_pairs;

    #[test]
    fn only_standard_methods_reach_the_log() {
        assert_eq!(method(&Method::PATCH), "PATCH");
        assert_eq!(method(&Method::from_bytes(b"SECRET").unwrap()), "OTHER");
    }

    #[test]
    fn headers_say_program_media_type_and_trace() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let parent = format!("00-{trace}-00f067aa0ba902b7-01");
        let (agent, media) = (("user-agent", "till/2"), ("content-type", "application/json"));
        let mut headers = of_pairs(&[agent, media, ("traceparent", &parent)]);
        let sent = Headers(&headers);
        assert_eq!(sent.user_agent(), Some(&b"till/2"[..]));
        assert_eq!(sent.content_type(), Some(&b"application/json"[..]));
        assert_eq!(sent.trace_id(), Some(trace));
        headers.insert(CONTENT_TYPE, "text/plain ; charset=utf-8".parse().unwrap());
        assert_eq!(Headers(&headers).content_type(), Some(&b"text/plain"[..]));
        for wrong in ["what", "a/", "a/b/c", "a b/c"] {
            headers.insert(CONTENT_TYPE, wrong.parse().unwrap());
            assert_eq!(Headers(&headers).content_type(), Some(MALFORMED));
        }
        let none = HeaderMap::new();
        assert_eq!((Headers(&none).user_agent(), Headers(&none).trace_id()), (None, None));
        assert_eq!((version(Version::HTTP_2), version(Version::HTTP_11)), ("HTTP/2", "HTTP/1.1"));
    }
}
