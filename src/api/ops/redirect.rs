//! Plain HTTP leads to HTTPS: GET and HEAD are redirected; anything else may carry a credential or a body that has
//! just crossed the network in the clear, and is refused so that the mistake is noticed.

use crate::http::call::Call;
use crate::http::code::Code;
use crate::http::problem::{Hint, Problem};
use axum::body::Body;
use axum::response::Response;
use http::header::{HOST, LOCATION};
use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Method, StatusCode};

/// The port that a browser takes without being told.
const HTTPS_PORT: u16 = 443;

/// Answers any request of the plain listener.
pub(crate) fn redirect_to_https(call: &Call<'_>) -> Result<Response, Problem> {
    if call.parts.method != Method::GET && call.parts.method != Method::HEAD {
        let detail =
            "this needs TLS; hint: send it to the https address, and replace a token that was sent here";
        return Err(Problem::new(Code::TlsRequired, detail).with_hint(Hint::Close));
    }
    let port = call.edge.https_port().ok_or_else(crate::http::call::starting)?;
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
        fn any_host_leads_to_https_or_nowhere(host in ".{0,64}", path in "/[!-~]{0,32}") {
            if let Some(location) = location(&host, 8443, &path) {
                prop_assert!(location.as_bytes().starts_with(b"https://"));
            }
        }
    }
}
