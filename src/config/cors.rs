//! `[cors]`: which other sites' pages may call the appliance.

use crate::config::field::Spelling;
use crate::config::kind::Kind;
use crate::config::setting::{Row, section};

/// Longest origin: the longest host name with scheme and port.
const ORIGIN_LEN_MAX: usize = 267;

/// An origin as browsers send it (RFC 6454): scheme, host and a port that is not the scheme's own; or `*`, any.
#[derive(Clone, Debug, PartialEq, Eq, derive_more::Display)]
pub struct WebOrigin(String);

impl WebOrigin {
    /// Stands for any origin.
    pub const ANY: &'static str = "*";

    /// Reads an origin; none if a browser would never send it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if text == Self::ANY {
            return Some(Self(text));
        }
        let (host, own_port) = match text.split_once("://")? {
            ("https", host) => (host, ":443"),
            ("http", host) => (host, ":80"),
            _ => return None,
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        let valid = text.len() <= ORIGIN_LEN_MAX
            && host.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[')
            && host.bytes().all(plain)
            && !host.ends_with(':')
            && !host.ends_with(own_port);
        valid.then_some(Self(text))
    }

    /// Returns the origin's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Spelling for WebOrigin {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| "no origin of the form https://HOST or https://HOST:PORT".to_owned())
    }
}

section! {
    /// Which other sites' pages may call the appliance from a browser.
    pub struct CorsConfig in "cors" {
        /// Origins whose pages may call the appliance, such as `https://shop.example.org`; none by default. `*` lets every
        /// page in, which production refuses. Cookies are never accepted from other sites.
        "origins" origins: Vec<WebOrigin> = Vec::new(), Row::of(Kind::ORIGINS).live().plain("CORS_ORIGIN");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for good in ["https://a.example", "http://localhost:3000", "https://[::1]:8443", "*"] {
            assert_eq!(WebOrigin::parse(good).unwrap().as_str(), good);
        }
        assert_eq!(WebOrigin::parse(" HTTPS://A.Example ").unwrap().as_str(), "https://a.example");
        for wrong in [
            "",
            "null",
            "a.example",
            "https://",
            "https://a.example/",
            "https://a.example:443",
            "http://a.example:80",
            "https://a.example:",
            "https://*.example",
            "https://me@a.example",
            "ftp://a.example",
            "https://a.example, https://b.example",
        ] {
            assert_eq!(WebOrigin::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_an_origin_or_refused(text in ".*") {
            if let Some(origin) = WebOrigin::parse(&text) {
                prop_assert_eq!(WebOrigin::parse(origin.as_str()), Some(origin));
            }
        }
    }
}
