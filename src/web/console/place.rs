//! The appliance's own address, as the browser knows it: examples on pages can be copied as they are.

use crate::web::call::Call;
use http::header::HOST;
use http::uri::Authority;

/// What stands where the address is not known.
const UNKNOWN: &str = "https://HOST:8443";

/// Returns the address that a page was asked for at, such as `https://till.example:8443`.
pub(super) fn address_of(call: &Call<'_>) -> String {
    let named = call.parts.headers.get(HOST).and_then(|value| value.to_str().ok());
    let named = named.or_else(|| call.parts.uri.authority().map(Authority::as_str));
    named.and_then(written).unwrap_or_else(|| UNKNOWN.to_owned())
}

/// Takes a host with or without port, and nothing that a shell would read otherwise.
fn written(host: &str) -> Option<String> {
    let authority: Authority = host.parse().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    let text = authority.as_str();
    (!authority.host().is_empty() && text.bytes().all(plain)).then(|| format!("https://{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_host_stands_in_an_example() {
        assert_eq!(written("till.example:8443").unwrap(), "https://till.example:8443");
        assert_eq!(written("[::1]:8443").unwrap(), "https://[::1]:8443");
        for hostile in ["", "a b", "a@b", "a$(id)", "a'b", "a`b", "a\"b", "a/b", "a;b"] {
            assert_eq!(written(hostile), None, "{hostile}");
        }
    }
}
