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
    use crate::http::request::header::of_pairs;

    #[test]
    fn a_header_is_found_once_or_told_to_be_repeated() {
        let once = of_pairs(&[("X-Signature", "a")]);
        assert_eq!(once.find("x-signature"), Found::Once(b"a"));
        assert_eq!((once.find("x-other"), once.find("not a name")), (Found::Nothing, Found::Nothing));
        let twice = of_pairs(&[("X-Signature", "a"), ("x-signature", "a")]);
        assert_eq!(twice.find("x-signature"), Found::Repeated);
    }
}
