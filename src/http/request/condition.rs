//! `If-None-Match` (RFC 9110, section 13.1.2).

use http::header::IF_NONE_MATCH;
use http::{HeaderMap, HeaderValue};

/// Tells whether a request names a version that it has already: itself, in a list, weakly, or `*`.
pub fn names(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let Ok(etag) = etag.to_str() else { return false };
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|known| {
        let known = known.trim_ascii();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_known_by_itself_in_a_list_weakly_or_as_any() {
        let etag = HeaderValue::from_static("\"a1\"");
        let known = |text: &'static str| {
            let headers = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(text))]);
            names(&headers, &etag)
        };
        assert!(["\"a1\"", "W/\"a1\"", "\"b\", \"a1\"", "*"].into_iter().all(known));
        assert!(!["a1", "\"a\"", "", "\"a1"].into_iter().any(known));
        assert!(!names(&HeaderMap::new(), &etag));
    }
}
