//! Names a certificate is for.

use crate::tls::error::TlsError;
use rcgen::SanType;
use rustls::pki_types::DnsName;
use std::fmt;
use std::net::IpAddr;

/// The most names in a certificate, which goes over the wire in every handshake.
const NAMES_MAX: usize = 100;

/// A DNS name in lower case (also `*.example.com`) or an IP address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum TlsName {
    Dns(String),
    Ip(IpAddr),
}

impl TlsName {
    /// Reads a name as an operator writes it; an IPv6 address may stand in brackets.
    pub(super) fn parse(text: &str) -> Result<Self, TlsError> {
        let text = text.trim();
        let address = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = address.parse() {
            return Ok(Self::Ip(address));
        }
        let host = text.strip_suffix('.').unwrap_or(text);
        match DnsName::try_from(host.strip_prefix("*.").unwrap_or(host)) {
            Ok(_) => Ok(Self::Dns(host.to_ascii_lowercase())),
            Err(_) => Err(TlsError::Name(text.chars().take(300).collect())),
        }
    }

    pub(super) fn to_san(&self) -> Result<SanType, TlsError> {
        Ok(match self {
            Self::Dns(host) => SanType::DnsName(host.as_str().try_into()?),
            Self::Ip(address) => SanType::IpAddress(*address),
        })
    }
}

impl fmt::Display for TlsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(host) => f.write_str(host),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

/// Reads the names of a setting; each is kept once.
pub(super) fn parse_names(texts: &[String]) -> Result<Vec<TlsName>, TlsError> {
    if texts.len() > NAMES_MAX {
        return Err(TlsError::TooManyNames { count: texts.len(), max: NAMES_MAX });
    }
    let names = texts.iter().map(|text| TlsName::parse(text)).collect::<Result<Vec<_>, _>>()?;
    Ok(without_repetitions(names))
}

/// Tells whether both lists hold the same names, in any order.
pub(super) fn same_names(left: &[TlsName], right: &[TlsName]) -> bool {
    left.iter().all(|name| right.contains(name)) && right.iter().all(|name| left.contains(name))
}

/// Drops repetitions; the first of each stays.
pub(super) fn without_repetitions(names: impl IntoIterator<Item = TlsName>) -> Vec<TlsName> {
    let mut kept = Vec::new();
    for name in names {
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_and_addresses_are_told_apart() {
        assert_eq!(TlsName::parse(" Till.Example.COM. ").unwrap(), TlsName::Dns("till.example.com".into()));
        assert_eq!(TlsName::parse("*.example.com").unwrap(), TlsName::Dns("*.example.com".into()));
        assert_eq!(TlsName::parse("[::1]").unwrap().to_string(), "::1");
        assert_eq!(TlsName::parse("192.0.2.7").unwrap(), TlsName::Ip("192.0.2.7".parse().unwrap()));
        for wrong in ["", "*", "a b", "a.*.b", "käse.example", "1.2.3.4:80", "https://a.example", "a..b"] {
            assert!(TlsName::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_order_of_names_does_not_matter() {
        let names =
            |text: &str| text.split(' ').map(|name| TlsName::parse(name).unwrap()).collect::<Vec<_>>();
        assert!(same_names(&names("a b ::1"), &names("::1 a b")));
        assert!(!same_names(&names("a b"), &names("a")));
        assert_eq!(without_repetitions(names("b a b")), names("b a"));
    }

    #[test]
    fn the_number_of_names_is_bounded() {
        assert_eq!(parse_names(&vec!["a".to_owned(); NAMES_MAX]).unwrap().len(), 1);
        let refused = parse_names(&vec!["a".to_owned(); NAMES_MAX + 1]);
        assert!(matches!(refused, Err(TlsError::TooManyNames { count: 101, .. })));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,300}") {
            if let Ok(name) = TlsName::parse(&text) {
                prop_assert!(name.to_san().is_ok());
                prop_assert_eq!(TlsName::parse(&name.to_string()).unwrap(), name);
            }
        }
    }
}
