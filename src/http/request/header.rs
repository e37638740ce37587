//! Names of headers that the standard list lacks.

use crate::http::code::Code;
use crate::http::problem::Problem;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Names a request in answers and log lines.
pub static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A token, for clients that cannot send `Authorization`.
pub static X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The tenant a token of `system` works on.
pub static X_TENANT_ID: HeaderName = HeaderName::from_static("x-tenant-id");

/// The key under which repeats of a request are known.
pub static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The answer is to a repeat.
pub static IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The repeat had another payload.
pub static IDEMPOTENCY_MISMATCH: HeaderName = HeaderName::from_static("idempotency-mismatch");

/// What the sender prefers (RFC 7240).
pub static PREFER: HeaderName = HeaderName::from_static("prefer");

/// The trace a request belongs to (W3C Trace Context).
pub static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Where a proxy got the request from, as most proxies write it.
pub static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The last event a reader of a stream got (WHATWG HTML, server-sent events).
pub static LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Tells proxies to pass an answer on as it comes.
pub static X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What pages may use of the browser's machine (W3C Permissions Policy).
pub static PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Which quota holds (IETF draft, RateLimit header fields for HTTP).
pub static RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What is left of it.
pub static RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The quota, under its older name.
pub static X_RATE_LIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");

/// What is left of it, under its older name.
pub static X_RATE_LIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// Seconds until there is a new one, under its older name.
pub static X_RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The value of headers that say yes.
pub static TRUE: HeaderValue = HeaderValue::from_static("true");

/// Returns a header's value; a second one is refused, because nobody knows which of them the sender means.
pub fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Problem> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        let detail = format!("the header {name} was sent more than once; hint: send it once");
        return Err(Problem::new(Code::RepeatedHeader, detail));
    }
    Ok(first)
}

/// Returns a header's value as UTF-8 text.
pub fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let Some(value) = single(headers, name)? else { return Ok(None) };
    std::str::from_utf8(value.as_bytes()).map(Some).map_err(|_error| {
        let detail = format!("the header {name} is not UTF-8; hint: encode it as UTF-8");
        Problem::new(Code::InvalidHeader, detail)
    })
}

/// Makes a request's headers of names and values, for tests.
#[cfg(test)]
pub(crate) fn of_pairs(pairs: &[(&str, impl AsRef<[u8]>)]) -> HeaderMap {
    let pair = |(name, value): &(&str, _)| {
        let value = HeaderValue::from_bytes(AsRef::<[u8]>::as_ref(value)).unwrap();
        (name.parse::<HeaderName>().unwrap(), value)
    };
    pairs.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_header_sent_twice_is_refused() {
        let pair = ("x-tenant-id", "a");
        assert_eq!(text(&HeaderMap::new(), &X_TENANT_ID).unwrap(), None);
        assert_eq!(text(&of_pairs(&[pair]), &X_TENANT_ID).unwrap(), Some("a"));
        assert_eq!(text(&of_pairs(&[pair, pair]), &X_TENANT_ID).unwrap_err().code, "repeated_header");
    }
}
