//! From whom a request comes: the connection's other end, or whom trusted proxies name in `Forwarded` (RFC 7239) or
//! `X-Forwarded-For`.
//!
//! Every proxy adds whom it got the request from at the right, so the entries are read from there: past those that
//! are trusted proxies themselves to the first that is not. What stands further left was written by that client, who
//! may write anything. An entry that is no address ends the reading: the last address known before it counts.

use crate::http::options::{EdgeOptions, contains};
use crate::http::request::header::X_FORWARDED_FOR;
use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Most trusted proxies in a row that are read past; nobody stands behind more.
const HOPS_MAX: usize = 32;

/// From whom a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The client's address.
    pub address: IpAddr,
    /// What is known of the way the request took.
    pub way: Way,
}

/// What is known of a request's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Nobody says that it was forwarded.
    Direct,
    /// Trusted proxies forwarded it and say for whom.
    Vouched,
    /// Somebody forwarded it, and who sent it is not known: it may come from anywhere.
    Unknown,
    /// It never was on a network: the command line sent it.
    Local,
}

impl Origin {
    /// The command line of this machine.
    pub const LOCAL: Self = Self { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), way: Way::Local };

    /// Tells whether the command line of this machine sent the request.
    pub fn is_local(&self) -> bool {
        self.way == Way::Local
    }

    /// Finds out from whom a request comes that `peer` handed in.
    pub fn of(peer: IpAddr, headers: &HeaderMap, options: &EdgeOptions) -> Self {
        let (forwarded, plain) = (headers.contains_key(FORWARDED), headers.contains_key(&X_FORWARDED_FOR));
        if !forwarded && !plain {
            return Self { address: peer, way: Way::Direct };
        }
        let unknown = Self { address: peer, way: Way::Unknown };
        if !options.trusts(peer) {
            return unknown;
        }
        let standard = forwarded.then(|| client(peer, entries(headers, &FORWARDED), node_of, options));
        let usual = plain.then(|| client(peer, entries(headers, &X_FORWARDED_FOR), node, options));
        match (standard, usual) {
            // Nobody knows which of two that differ a proxy wrote, and which the client.
            (Some(one), Some(other)) if one != other => unknown,
            (Some(found), _) | (None, Some(found)) => found,
            (None, None) => unknown,
        }
    }

    /// Tells whether the client may read what `ops.allow` opens, as the command line always may. A request that
    /// somebody forwarded who is no trusted proxy comes from anywhere.
    pub fn may_operate(&self, options: &EdgeOptions) -> bool {
        self.is_local() || self.stands_in(&options.ops_allow, options)
    }

    /// Tells whether the client certainly stands in one of the networks, and is no proxy.
    pub fn stands_in(&self, networks: &[IpNet], options: &EdgeOptions) -> bool {
        let known = match self.way {
            Way::Direct => true,
            Way::Vouched => !options.trusts(self.address),
            Way::Unknown | Way::Local => false,
        };
        known && contains(networks, self.address)
    }
}

/// Reads entries from the right as far as trusted proxies wrote them.
fn client<'a>(
    peer: IpAddr,
    entries: impl Iterator<Item = &'a str>,
    read: fn(&str) -> Option<IpAddr>,
    options: &EdgeOptions,
) -> Origin {
    let mut address = peer;
    for entry in entries.take(HOPS_MAX) {
        match read(entry) {
            Some(found) => address = found,
            None => return Origin { address, way: Way::Unknown },
        }
        if !options.trusts(address) {
            break;
        }
    }
    Origin { address, way: Way::Vouched }
}

/// Returns a list's entries from the last to the first, over all headers of the name. A header that is no text is an
/// entry that cannot be read.
fn entries<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).iter().rev().flat_map(|line| {
        // Commas in quotes part nothing. Read from this side, a quote that a client left open swallows nothing of what
        // a proxy wrote behind it.
        let mut quoted = false;
        let entries = line.to_str().unwrap_or_default().rsplit(move |character| {
            quoted ^= character == '"';
            character == ',' && !quoted
        });
        entries.map(str::trim_ascii)
    })
}

/// Reads an element of `Forwarded`: its one `for` parameter (RFC 7239, section 4).
fn node_of(element: &str) -> Option<IpAddr> {
    let mut found = None;
    for pair in element.split(';') {
        let (name, value) = pair.split_once('=')?;
        if name.trim_ascii().eq_ignore_ascii_case("for") && found.replace(value.trim_ascii()).is_some() {
            return None;
        }
    }
    let value = found?;
    node(value.strip_prefix('"').map_or(Some(value), |rest| rest.strip_suffix('"'))?)
}

/// Reads an address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` and
/// `[2001:db8::1]:80`.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::MEDIA_TYPE_LEN_MAX;
    use crate::http::request::header::{self, X_TENANT_ID, of_pairs};
    use crate::http::request::request_id::{self, RequestId};
    use crate::http::request::{credential, key, media, prefer};
    use crate::platform::entropy::SeededEntropy;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn options() -> EdgeOptions {
        let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:aa::/48".parse().unwrap()];
        EdgeOptions { trusted_proxies, ..EdgeOptions::default() }
    }

    fn of(peer: &str, lines: &[(&str, &str)]) -> (String, Way) {
        let origin = Origin::of(peer.parse().unwrap(), &of_pairs(lines), &options());
        (origin.address.to_string(), origin.way)
    }

    fn found(address: &str, way: Way) -> (String, Way) {
        (address.to_owned(), way)
    }

    const XFF: &str = "x-forwarded-for";

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(of("192.0.2.1", &[]), found("192.0.2.1", Way::Direct));
        assert_eq!(of("10.0.0.1", &[]), found("10.0.0.1", Way::Direct));
        assert_eq!(of("192.0.2.1", &[(XFF, "198.51.100.1")]), found("192.0.2.1", Way::Unknown));
        assert_eq!(of("192.0.2.1", &[("forwarded", "for=198.51.100.1")]), found("192.0.2.1", Way::Unknown));
        assert_eq!(of("10.0.0.1", &[(XFF, "198.51.100.1")]), found("198.51.100.1", Way::Vouched));
        assert_eq!(of("::ffff:10.0.0.1", &[(XFF, "198.51.100.1")]), found("198.51.100.1", Way::Vouched));
    }

    #[test]
    fn entries_are_read_from_the_right_past_trusted_proxies() {
        for line in ["203.0.113.9, 198.51.100.1", "198.51.100.1, 10.0.0.3,10.0.0.2", "x,\", 198.51.100.1"] {
            assert_eq!(of("10.0.0.1", &[(XFF, line)]), found("198.51.100.1", Way::Vouched), "{line}");
        }
        let lines = [(XFF, "203.0.113.9"), (XFF, "198.51.100.1, 10.0.0.2")];
        assert_eq!(of("10.0.0.1", &lines), found("198.51.100.1", Way::Vouched));
        assert_eq!(of("10.0.0.1", &[(XFF, "10.0.0.3, 10.0.0.2")]), found("10.0.0.3", Way::Vouched));
    }

    #[test]
    fn an_entry_that_is_no_address_ends_the_reading() {
        for line in ["198.51.100.1, unknown, 10.0.0.2", "198.51.100.1, , 10.0.0.2", "1.2.3, 10.0.0.2"] {
            assert_eq!(of("10.0.0.1", &[(XFF, line)]), found("10.0.0.2", Way::Unknown), "{line}");
        }
        assert_eq!(of("10.0.0.1", &[(XFF, "")]), found("10.0.0.1", Way::Unknown));
    }

    #[test]
    fn the_standard_header_is_read_in_all_its_forms() {
        for (element, address) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("For=\"192.0.2.60:4711\"", "192.0.2.60"),
            ("proto=https; for = \"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=\"[2001:db8:cafe::17]\"", "2001:db8:cafe::17"),
            ("for=203.0.113.9;by=\"a,b\", for=192.0.2.60;by=\"a,b\"", "192.0.2.60"),
            ("for=\"203.0.113.9, for=192.0.2.60", "192.0.2.60"),
        ] {
            assert_eq!(of("10.0.0.1", &[("forwarded", element)]), found(address, Way::Vouched), "{element}");
        }
        let unknown = found("10.0.0.1", Way::Unknown);
        for element in
            ["for=unknown", "for=_hidden", "by=192.0.2.1", "for", "", "for=192.0.2.1;for=192.0.2.2"]
        {
            assert_eq!(of("10.0.0.1", &[("forwarded", element)]), unknown, "{element}");
        }
    }

    #[test]
    fn two_headers_that_differ_name_nobody() {
        let both = |one: &str| of("10.0.0.1", &[("forwarded", "for=192.0.2.60"), (XFF, one)]);
        assert_eq!(both("192.0.2.60"), found("192.0.2.60", Way::Vouched));
        assert_eq!(both("192.0.2.61"), found("10.0.0.1", Way::Unknown));
    }

    #[test]
    fn who_is_not_known_stands_in_no_network() {
        let (options, everywhere) = (options(), ["0.0.0.0/0".parse().unwrap()]);
        let stands = |address: &str, way| {
            Origin { address: address.parse().unwrap(), way }.stands_in(&everywhere, &options)
        };
        assert!(stands("192.0.2.1", Way::Direct) && stands("10.0.0.1", Way::Direct));
        assert!(stands("192.0.2.1", Way::Vouched) && !stands("10.0.0.1", Way::Vouched));
        assert!(!stands("192.0.2.1", Way::Unknown));
    }

    fn operates(peer: &str, lines: &[(&str, &str)]) -> bool {
        let options = EdgeOptions {
            ops_allow: vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()],
            trusted_proxies: vec!["127.0.0.2/32".parse().unwrap()],
            ..EdgeOptions::default()
        };
        Origin::of(peer.parse().unwrap(), &of_pairs(lines), &options).may_operate(&options)
    }

    #[test]
    fn only_direct_peers_of_allowed_networks_and_clients_of_trusted_proxies_operate() {
        assert!(operates("127.0.0.1", &[]));
        assert!(!operates("192.0.2.1", &[]));
        assert!(!operates("127.0.0.1", &[(XFF, "10.0.0.1")]));
        assert!(!operates("127.0.0.1", &[("forwarded", "for=10.0.0.1")]));
        assert!(operates("127.0.0.2", &[(XFF, "192.0.2.1, 10.0.0.1")]));
        assert!(!operates("127.0.0.2", &[(XFF, "10.0.0.1, 192.0.2.1")]));
        assert!(!operates("127.0.0.2", &[(XFF, "10.0.0.1"), ("forwarded", "for=192.0.2.1")]));
        assert!(!operates("127.0.0.2", &[(XFF, "unknown")]));
    }

    proptest! {
        #[test]
        fn nothing_written_further_left_changes_who_it_is(spoofed in "[ -~]{0,200}") {
            let line = format!("{spoofed}, 198.51.100.1, 10.0.0.2");
            prop_assert_eq!(of("10.0.0.1", &[(XFF, &line)]), found("198.51.100.1", Way::Vouched));
            let line = format!("{spoofed}, for=198.51.100.1, for=10.0.0.2");
            prop_assert_eq!(of("10.0.0.1", &[("forwarded", &line)]), found("198.51.100.1", Way::Vouched));
        }

        #[test]
        fn any_line_is_read(line in "[ -~]{0,200}") {
            let _ = of("10.0.0.1", &[(XFF, &line), ("forwarded", &line)]);
        }

        #[test]
        fn any_bytes_of_any_header_are_read_or_refused(
            bytes in vec(prop_oneof![Just(b'\t'), b' '..=b'~', 128_u8..], 0..300)
        ) {
            let of = |name| of_pairs(&[(name, &bytes)]);
            let tenant = of("x-tenant-id");
            prop_assert_eq!(header::text(&tenant, &X_TENANT_ID).is_ok(), std::str::from_utf8(&bytes).is_ok());
            let _ = credential::presented(&of("authorization"));
            let _ = credential::presented(&of_pairs(&[("authorization", &bytes), ("x-api-key", &bytes)]));
            let _ = key::sent(&of("idempotency-key"));
            let _ = prefer::read(&of("prefer"));
            let id = RequestId::of(&of("x-request-id"), &SeededEntropy::new(1));
            prop_assert!(request_id::is_well_formed(id.as_str().as_bytes()));
            let typed = of("content-type");
            let _ = media::format_of(&typed);
            prop_assert!(media::of_payload(&typed).map_or(0, str::len) <= MEDIA_TYPE_LEN_MAX);
            let _ = media::wants_page(&of("accept"));
        }
    }
}
