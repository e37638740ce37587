//! The idempotency key, in requests and in answers.

use crate::domain::idempotency::{IdempotencyKey, KeyError};
use crate::domain::uri::RESERVED;
use crate::http::problem::Problem;
use crate::http::request::header::{self, IDEMPOTENCY_KEY};
use crate::http::request::query;
use http::{HeaderMap, HeaderValue};
use percent_encoding::utf8_percent_encode;

/// What a key's text begins with in an answer when it cannot stand there as it is (RFC 8187).
const EXTENDED_PREFIX: &str = "UTF-8''";

/// Returns the key a request sends, if any.
pub fn sent(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(value) = header::single(headers, &IDEMPOTENCY_KEY)? else { return Ok(None) };
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_error| KeyError::Unprintable)?;
    // As an answer shows keys that cannot stand in a header as they are.
    if let Some(encoded) = text.strip_prefix(EXTENDED_PREFIX) {
        let decoded = query::decode(encoded).ok_or(KeyError::Unprintable)?;
        return Ok(Some(IdempotencyKey::parse(&format!("\"{decoded}\""))?));
    }
    Ok(Some(IdempotencyKey::parse(text)?))
}

/// Returns a key's text as a header's value. A key of printable ASCII that reads back as itself stands there as it
/// is; any other is written as RFC 8187 does it, `UTF-8''` and then the text percent-encoded.
pub fn shown(key: &str) -> HeaderValue {
    let plain = key.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && !key.starts_with([' ', '"'])
        && !key.ends_with(' ')
        && !key.starts_with(EXTENDED_PREFIX);
    if plain && let Ok(value) = HeaderValue::from_str(key) {
        return value;
    }
    let text = format!("{EXTENDED_PREFIX}{}", utf8_percent_encode(key, RESERVED));
    HeaderValue::from_str(&text).expect("percent-encoded text is a header value")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Result<Option<IdempotencyKey>, Problem> {
        sent(&header::of_pairs(&[("idempotency-key", bytes)]))
    }

    #[test]
    fn a_key_is_read_bare_or_quoted_and_once() {
        assert_eq!(sent(&HeaderMap::new()).unwrap(), None);
        assert_eq!(read(b"\"k 1\"").unwrap().unwrap().as_str(), "k 1");
        assert_eq!(read("kä".as_bytes()).unwrap().unwrap().as_str(), "kä");
        assert_eq!(read(b"k\xff").unwrap_err().code, "invalid_idempotency_key");
        assert_eq!(read(b"").unwrap_err().code, "invalid_idempotency_key");
        let twice = header::of_pairs(&[("idempotency-key", "a"); 2]);
        assert_eq!(sent(&twice).unwrap_err().code, "repeated_header");
    }

    #[test]
    fn a_key_stands_in_an_answer_as_it_is_where_it_can() {
        for plain in ["auto-00ff", "100%", "a b", "order/7#2"] {
            assert_eq!(shown(plain), plain);
        }
        assert_eq!(shown("kä"), "UTF-8''k%C3%A4");
        assert_eq!(shown(" a"), "UTF-8''%20a");
        assert_eq!(shown("\"a\""), "UTF-8''%22a%22");
    }

    proptest! {
        #[test]
        fn any_key_is_a_header_value(text in ".{1,255}") {
            if let Ok(key) = IdempotencyKey::parse(&text) {
                let value = shown(key.as_str());
                let read_back = read(value.as_bytes()).unwrap().unwrap();
                // A key that begins or ends with a quote or a space is quoted by whoever sends it.
                if !key.as_str().contains(['"', ' ']) {
                    prop_assert_eq!(read_back.as_str(), key.as_str());
                }
                let text = value.to_str().unwrap();
                if let Some(encoded) = text.strip_prefix(EXTENDED_PREFIX) {
                    prop_assert_eq!(query::decode(encoded).unwrap(), key.as_str());
                } else {
                    prop_assert_eq!(text, key.as_str());
                }
            }
        }
    }
}
