//! Addresses of pages, with what they carry in their query.

use crate::web::call::Call;
use http::header::HOST;
use http::uri::Authority;
use std::fmt::Write;

/// What stands for the appliance's address where the request does not tell it.
const UNKNOWN_HOST: &str = "HOST:8443";

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
        push_encoded(&mut address, value);
    }
    address
}

fn push_encoded(address: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            address.push(char::from(byte));
        } else {
            write!(address, "%{byte:02X}").expect("a String takes everything");
        }
    }
}

/// Returns the appliance's own address as the browser wrote it, such as `https://mainstay.example:8443`.
pub(super) fn own_address(call: &Call<'_>) -> String {
    let of_headers = || call.parts.headers.get(HOST)?.to_str().ok()?.parse::<Authority>().ok();
    let authority = call.parts.uri.authority().cloned().or_else(of_headers);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    let host = authority.filter(|authority| authority.as_str().bytes().all(plain));
    format!("https://{}", host.as_ref().map_or(UNKNOWN_HOST, Authority::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::request::query::Parameters;
    use proptest::prelude::*;

    #[test]
    fn what_is_empty_is_left_out() {
        assert_eq!(
            with_query("/console/events", [("a", ""), ("b", "1.2"), ("c", "x&y")]),
            "/console/events?b=1.2&c=x%26y"
        );
        assert_eq!(with_query("/console/events", []), "/console/events");
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
