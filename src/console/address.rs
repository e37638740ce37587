//! Addresses of pages, with what they carry in their query.

use crate::domain::uri::RESERVED;
use crate::http::call::Call;
use http::header::HOST;
use http::uri::Authority;
use percent_encoding::{AsciiSet, utf8_percent_encode};

/// What stands for the appliance's address where the request does not tell it.
const UNKNOWN: &str = "https://HOST:8443";

/// Characters that are percent-encoded in a value of a query. A colon, as in times, stands for itself there.
const IN_QUERY: &AsciiSet = &RESERVED.remove(b':');

/// Returns a path with parameters; empty ones are left out.
pub(super) fn with_query<'n, 'v>(
    path: &str,
    parameters: impl IntoIterator<Item = (&'n str, &'v str)>,
) -> String {
    let mut address = path.to_owned();
    for (name, value) in parameters.into_iter().filter(|(_, value)| !value.is_empty()) {
        address.push(if address.len() == path.len() { '?' } else { '&' });
        address.push_str(name);
        address.push('=');
        address.extend(utf8_percent_encode(value, IN_QUERY));
    }
    address
}

/// Returns the appliance's own address as the browser wrote it, such as `https://mainstay.example:8443`.
pub(super) fn own_address(call: &Call<'_>) -> String {
    let of_headers = || call.parts.headers.get(HOST)?.to_str().ok();
    let named = call.parts.uri.authority().map(Authority::as_str).or_else(of_headers);
    named.and_then(written).unwrap_or_else(|| UNKNOWN.to_owned())
}

/// Takes a host with or without port, and nothing that a shell would read otherwise.
fn written(host: &str) -> Option<String> {
    let authority: Authority = host.parse().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    let text = authority.as_str();
    (!authority.host().is_empty() && text.bytes().all(plain)).then(|| format!("https://{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::query::Parameters;
    use proptest::prelude::*;

    #[test]
    fn what_is_empty_is_left_out() {
        assert_eq!(
            with_query("/console/events", [("a", ""), ("b", "1.2"), ("c", "x&y")]),
            "/console/events?b=1.2&c=x%26y"
        );
        assert_eq!(with_query("/console/events", []), "/console/events");
    }

    #[test]
    fn only_a_plain_host_stands_in_an_example() {
        assert_eq!(written("till.example:8443").unwrap(), "https://till.example:8443");
        assert_eq!(written("[::1]:8443").unwrap(), "https://[::1]:8443");
        for hostile in ["", "a b", "a@b", "a$(id)", "a'b", "a`b", "a\"b", "a/b", "a;b"] {
            assert_eq!(written(hostile), None, "{hostile}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was_written(text in ".+") {
            let address = with_query("/console", [("q", text.as_str())]);
            let read = Parameters::read(address.split_once('?').map(|(_, query)| query), &["q"]);
            prop_assert_eq!(read.text("q"), Some(text.as_str()));
        }
    }
}
