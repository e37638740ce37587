//! Headers of a delivery as signature schemes look at them.

use crate::domain::scheme::verify::{Found, Headers};
use http::HeaderMap;

impl Headers for HeaderMap {
    fn find(&self, name: &str) -> Found<'_> {
        let mut values = self.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Found::Nothing,
            (Some(value), None) => Found::Once(value.as_bytes()),
            (Some(_), Some(_)) => Found::Repeated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_header_is_found_once_or_told_to_be_repeated() {
        let mut headers = HeaderMap::new();
        assert_eq!(headers.find("x-signature"), Found::Nothing);
        headers.append("X-Signature", HeaderValue::from_static("a"));
        assert_eq!(headers.find("x-signature"), Found::Once(b"a"));
        headers.append("x-signature", HeaderValue::from_static("a"));
        assert_eq!(headers.find("x-signature"), Found::Repeated);
        assert_eq!(headers.find("not a name"), Found::Nothing);
    }
}
