//! Bounds of a request's head, and what every answer's head carries.

use crate::http::code::Code;
use crate::http::cors;
use crate::http::edge::{Edge, Stage};
use crate::http::options::EdgeOptions;
use crate::http::problem::{Hint, Problem};
use crate::http::request::header::PERMISSIONS_POLICY;
use axum::body::Body;
use axum::response::Response;
use http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderValue, Method, StatusCode, Version};
use hyper::body::Body as _;

/// Most header fields of a request; HTTP/1.1's reader has the same bound.
const HEADERS_MAX: usize = 100;

/// Most bytes of all header names and values; HTTP/1.1's reader bounds the whole head by as much.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// What pages may use of the browser's machine: nothing.
pub(crate) const NOTHING_OF_THE_MACHINE: &str =
    "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/// What a browser may load for an answer that is opened as a page, frame or script: nothing, unless the answer says
/// otherwise itself; and what a page does name is asked for over HTTPS.
pub(crate) const NOTHING_TO_LOAD: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; upgrade-insecure-requests";

/// HTTP/1.1's reader has bounded the head already; HTTP/2's is bounded by more. Of a path over 64 KiB HTTP/2's reader makes
/// no request at all and resets the stream, so that nobody can answer 414 there.
pub(crate) fn check(parts: &Parts) -> Result<(), Problem> {
    if parts.version != Version::HTTP_2 {
        return Ok(());
    }
    let bytes: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if parts.headers.len() <= HEADERS_MAX && bytes <= HEADER_BYTES_MAX {
        return Ok(());
    }
    Err(too_large())
}

/// Refuses a body in any transfer coding but `chunked` alone: its end would be found, its content would not (RFC 9112,
/// section 6.1).
pub(crate) fn check_transfer(parts: &Parts) -> Result<(), Problem> {
    let mut codings = parts.headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => {
            let detail = "the transfer coding is not `chunked` alone; hint: send the body as it is, chunked or with its length";
            Err(Problem::new(Code::InvalidRequest, detail).with_hint(Hint::Close))
        }
    }
}

/// The problem of a head with too many headers or too large ones.
pub(crate) fn too_large() -> Problem {
    let detail = "the request has more than 100 headers or 64 KiB of them; hint: send fewer";
    Problem::new(Code::HeadersTooLarge, detail)
}

/// Refuses a request that does not say once, and as a host, to whom it is sent: a proxy in front and the appliance might
/// read it differently (RFC 9112, section 3.2). HTTP/1.0 knows no `Host`, HTTP/2 has `:authority` in its place.
pub(crate) fn check_host(parts: &Parts) -> Result<(), Problem> {
    let mut hosts = parts.headers.get_all(HOST).iter();
    let reason = match (hosts.next(), hosts.next()) {
        (_, Some(_)) => "was sent more than once",
        (None, None) if parts.version == Version::HTTP_11 => "is missing",
        (Some(host), None) if !is_host(host) => "is no host",
        _ => return Ok(()),
    };
    let detail = format!("the header host {reason}; hint: send the name of this appliance as Host, once");
    Err(Problem::new(Code::InvalidHost, detail))
}

/// Tells whether a value is a host with a port or without.
fn is_host(value: &HeaderValue) -> bool {
    let Ok(authority) = Authority::try_from(value.as_bytes()) else { return false };
    let port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
    let digits = port.strip_prefix(':').unwrap_or(port);
    !authority.host().is_empty()
        // A comma is what two values become that somebody joined.
        && !authority.as_str().contains(['@', ','])
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Adds what every answer's head carries.
pub(crate) fn complete(response: &mut Response, parts: &Parts, edge: &Edge, options: &EdgeOptions) {
    if parts.method == Method::HEAD {
        leave_out_body(response);
    }
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NOTHING_TO_LOAD));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(&PERMISSIONS_POLICY, HeaderValue::from_static(NOTHING_OF_THE_MACHINE));
    cors::describe(&parts.headers, options, headers);
    if options.strict_transport {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if parts.version == Version::HTTP_2 {
        headers.remove(CONNECTION);
    } else if edge.stage() == Stage::Draining {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

/// Keeps of an answer to HEAD what an answer to GET would say about its body.
fn leave_out_body(response: &mut Response) {
    let length = response.body().size_hint().exact();
    if let Some(length) = length.filter(|_length| response.status() != StatusCode::NO_CONTENT) {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    *response.body_mut() = Body::empty();
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn a_head_on_http_2_has_the_same_bounds() {
        let head = |count: usize, len: usize| {
            let mut request = Request::builder().version(Version::HTTP_2);
            for number in 0..count {
                request = request.header(format!("x-{number}"), "v".repeat(len));
            }
            check(&request.body(()).unwrap().into_parts().0)
        };
        assert!(head(100, 1).is_ok());
        assert_eq!(head(101, 1).unwrap_err().status, 431);
        assert_eq!(head(2, 33_000).unwrap_err().code, "headers_too_large");
    }

    #[test]
    fn a_body_comes_chunked_or_with_its_length() {
        let check = |codings: &[&str]| {
            let mut request = Request::builder();
            for coding in codings {
                request = request.header(TRANSFER_ENCODING, *coding);
            }
            check_transfer(&request.body(()).unwrap().into_parts().0)
                .map_err(|problem| problem.status.as_u16())
        };
        for good in [&[][..], &["chunked"], &["Chunked"]] {
            assert_eq!(check(good), Ok(()), "{good:?}");
        }
        for bad in
            [&["gzip, chunked"][..], &["gzip", "chunked"], &["chunked", "chunked"], &["identity"], &[""]]
        {
            assert_eq!(check(bad), Err(400), "{bad:?}");
        }
    }

    #[test]
    fn who_is_meant_is_said_once_and_as_a_host() {
        let check = |version: Version, hosts: &[&str]| {
            let mut request = Request::builder().version(version);
            for host in hosts {
                request = request.header(HOST, *host);
            }
            check_host(&request.body(()).unwrap().into_parts().0).is_ok()
        };
        for host in ["a", "a.example", "a.example:8443", "192.0.2.1:80", "[::1]", "[::1]:8443", "a_b:"] {
            assert!(check(Version::HTTP_11, &[host]), "{host}");
        }
        for host in ["", " ", "a b", "a@b", "a/b", ":80", "a:b", "a:80:80", "a,b", "[::1"] {
            assert!(!check(Version::HTTP_11, &[host]), "{host}");
        }
        assert!(!check(Version::HTTP_11, &[]) && check(Version::HTTP_10, &[]) && check(Version::HTTP_2, &[]));
        for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
            assert!(!check(version, &["a", "a"]) && !check(version, &["a@b"]), "{version:?}");
        }
    }
}
