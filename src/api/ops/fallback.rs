//! Answers to what no table has a route for: paths that lead nowhere, and plain HTTP.

use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::problem::{Hint, Problem};
use crate::http::request::query::decode;
use axum::body::Body;
use axum::response::Response;
use http::header::{HOST, LOCATION};
use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Method, StatusCode};

/// The port that a browser takes without being told.
const HTTPS_PORT: u16 = 443;

pub(crate) fn refuse_unmatched(call: &Call<'_>) -> Result<Response, Problem> {
    if is_tricky(call.parts.uri.path()) {
        let detail =
            "the path is not in its plain form; hint: no `..`, `//`, encoded slashes or control characters";
        return Err(Problem::new(Code::InvalidPath, detail));
    }
    let detail = "there is nothing at this path; hint: GET /v1 answers what this appliance accepts";
    Err(Problem::new(Code::NotFound, detail))
}

/// Tells whether a path tries to mean another than it says.
fn is_tricky(path: &str) -> bool {
    // A plus stands for itself in a path; here it may as well be a space.
    let Some(decoded) = decode(path) else { return true };
    let encoded_slash = decoded.matches('/').count() != path.matches('/').count();
    encoded_slash
        || decoded.contains("//")
        || decoded.contains('\\')
        || decoded.chars().any(char::is_control)
        || decoded.split('/').any(|segment| matches!(segment, "." | ".."))
}

/// Answers any request of the plain listener. GET and HEAD are redirected to HTTPS; anything else may carry a credential
/// or a body that has just crossed the network in the clear, and is refused so that the mistake is noticed.
pub(crate) fn redirect_to_https(call: &Call<'_>) -> Result<Response, Problem> {
    if call.parts.method != Method::GET && call.parts.method != Method::HEAD {
        let detail =
            "this needs TLS; hint: send it to the https address, and replace a token that was sent here";
        return Err(Problem::new(Code::TlsRequired, detail).with_hint(Hint::Close));
    }
    let port = call.edge.https_port().ok_or_else(call::starting)?;
    let host = call.parts.headers.get(HOST).and_then(|value| value.to_str().ok());
    let path = call.parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let location = host.and_then(|host| location(host, port, path)).ok_or_else(|| {
        let detail = "the Host header is missing or is no host; hint: send the name of this appliance";
        Problem::new(Code::InvalidHost, detail)
    })?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

fn location(host: &str, port: u16, path: &str) -> Option<HeaderValue> {
    let authority: Authority = host.parse().ok()?;
    if authority.as_str().contains('@') || authority.host().is_empty() || !path.starts_with('/') {
        return None;
    }
    let host = authority.host();
    let text = match port {
        HTTPS_PORT => format!("https://{host}{path}"),
        _ => format!("https://{host}:{port}{path}"),
    };
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn path_tricks_are_told_from_unknown_paths() {
        let tricky = "/../etc /a/.. /a//b /a%2fb /a%2Fb /%2e%2e/a /a%00 /%ff /% /a%5c..%5cb /./a";
        for tricky in tricky.split(' ') {
            assert!(is_tricky(tricky), "{tricky}");
        }
        for plain in ["/", "/a/b/", "/%C3%A4", "/a..b", "/a+b", ""] {
            assert!(!is_tricky(plain), "{plain}");
        }
    }

    #[test]
    fn the_host_stays_and_the_port_changes() {
        assert_eq!(location("a.example:80", 8443, "/x?y=1").unwrap(), "https://a.example:8443/x?y=1");
        assert_eq!(location("[::1]:80", 443, "/").unwrap(), "https://[::1]/");
        for wrong in ["", "a@b", "a b", ":80", "a/b"] {
            assert_eq!(location(wrong, 443, "/"), None, "{wrong}");
        }
        assert_eq!(location("a.example", 443, "*"), None);
    }

    proptest! {
        #[test]
        fn any_path_is_judged(path in "/[ -~%]{0,64}") {
            let _ = is_tricky(&path);
        }

        #[test]
        fn any_host_leads_to_https_or_nowhere(host in ".{0,64}", path in "/[!-~]{0,32}") {
            if let Some(location) = location(&host, 8443, &path) {
                prop_assert!(location.as_bytes().starts_with(b"https://"));
            }
        }
    }
}
