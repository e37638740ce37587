//! The names an authority may certify (name constraints, RFC 5280 section 4.2.1.10).
//!
//! A stolen key of the authority is worth less to a thief when clients refuse whatever it signs for other names. What is
//! permitted has to outlive changes of `tls.names`: whole domains, and the networks and domains that are never public.

use crate::tls::name::{TlsName, without_repetitions};
use ipnet::IpNet;
use rcgen::{CidrSubnet, GeneralSubtree};
use std::net::IpAddr;
use x509_parser::extensions::{GeneralName, NameConstraints};

/// Networks that are never public: loopback, private use (RFC 1918, RFC 4193), shared space (RFC 6598) and link-local.
const NETWORKS: [&str; 9] = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];

/// Domains that are never public: RFC 6761, RFC 6762, RFC 8375, and `internal`, which ICANN keeps for private use.
const DOMAINS: [&str; 5] = ["localhost", "local", "internal", "home.arpa", "test"];

/// A public IPv6 address changes within the network that its provider gave.
const V6_PREFIX_LEN: u8 = 64;

/// Domains, each with everything below it, and networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Permitted {
    domains: Vec<String>,
    networks: Vec<IpNet>,
}

impl Permitted {
    /// Permits the names, their neighbours in the same domain, and what is never public.
    pub(super) fn around(names: &[TlsName]) -> Self {
        let mut domains = DOMAINS.map(str::to_owned).to_vec();
        let mut networks: Vec<IpNet> =
            NETWORKS.iter().map(|text| text.parse().expect("the networks are written properly")).collect();
        for name in without_repetitions(names.iter().cloned()) {
            let known = Self { domains: domains.clone(), networks: networks.clone() };
            match &name {
                _ if known.permits(&name) => {}
                TlsName::Dns(host) => domains.push(domain(host).to_owned()),
                TlsName::Ip(address) => networks.push(network(*address)),
            }
        }
        Self { domains, networks }
    }

    /// Reads what a certificate permits; other kinds of names are left out.
    pub(super) fn of(constraints: &NameConstraints<'_>) -> Self {
        let subtrees = || constraints.permitted_subtrees.iter().flatten().map(|subtree| &subtree.base);
        let domains = subtrees().filter_map(|base| match base {
            GeneralName::DNSName(domain) => Some(domain.trim_start_matches('.').to_ascii_lowercase()),
            _ => None,
        });
        let networks = subtrees().filter_map(|base| match base {
            GeneralName::IPAddress(octets) => masked(octets),
            _ => None,
        });
        Self { domains: domains.collect(), networks: networks.collect() }
    }

    /// Writes it for a certificate that is made.
    pub(super) fn to_constraints(&self) -> rcgen::NameConstraints {
        let domains = self.domains.iter().cloned().map(GeneralSubtree::DnsName);
        let subnet = |network: &IpNet| CidrSubnet::from_addr_prefix(network.network(), network.prefix_len());
        let networks = self.networks.iter().map(|network| GeneralSubtree::IpAddress(subnet(network)));
        rcgen::NameConstraints {
            permitted_subtrees: domains.chain(networks).collect(),
            excluded_subtrees: Vec::new(),
        }
    }

    /// Tells whether clients take a certificate for that name. A kind of name that nothing is said about is free.
    pub(super) fn permits(&self, name: &TlsName) -> bool {
        match name {
            TlsName::Dns(host) => {
                let host = host.strip_prefix("*.").unwrap_or(host);
                self.domains.is_empty() || self.domains.iter().any(|domain| is_within(host, domain))
            }
            TlsName::Ip(address) => {
                self.networks.is_empty() || self.networks.iter().any(|network| network.contains(address))
            }
        }
    }
}

fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Returns the domain that a host shares with its neighbours: its own name without the first label, unless that would
/// leave a domain that everybody registers names in, such as `com` or `co.uk`.
fn domain(host: &str) -> &str {
    let host = host.strip_prefix("*.").unwrap_or(host);
    match host.split_once('.') {
        Some((_, parent)) if !is_registry(parent) => parent,
        _ => host,
    }
}

/// Tells a domain of a registry by its form: one label, or a short one before a country's two letters.
fn is_registry(domain: &str) -> bool {
    match domain.split_once('.') {
        None => true,
        Some((second, country)) => country.len() == 2 && second.len() <= 3,
    }
}

fn network(address: IpAddr) -> IpNet {
    match address {
        IpAddr::V4(_) => IpNet::from(address),
        IpAddr::V6(_) => IpNet::new(address, V6_PREFIX_LEN).map_or(IpNet::from(address), |net| net.trunc()),
    }
}

/// Reads an address followed by its mask.
fn masked(octets: &[u8]) -> Option<IpNet> {
    let address = |octets: &[u8]| -> Option<IpAddr> {
        let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
        v4.or_else(|_not_v4| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
    };
    let (base, mask) = octets.split_at_checked(octets.len() / 2)?;
    IpNet::with_netmask(address(base)?, address(mask)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<TlsName> {
        text.split(' ').map(|name| TlsName::parse(name).unwrap()).collect()
    }

    #[test]
    fn names_their_neighbours_and_what_is_never_public_are_permitted() {
        let permitted =
            Permitted::around(&names("till till.example.com shop.co.uk *.example.net 192.0.2.7 2001:db8::2"));
        for name in names(
            "till till.example.com shop.example.com example.com *.example.com a.b.example.com shop.co.uk a.shop.co.uk \
             *.example.net localhost printer.local db.internal 127.0.0.1 ::1 10.1.2.3 172.31.0.1 192.168.7.1 fd00::1 \
             100.64.0.1 192.0.2.7 2001:db8::ffff",
        ) {
            assert!(permitted.permits(&name), "{name}");
        }
        for name in names(
            "bank.example till2 other.co.uk notexample.com example.org *.com 192.0.2.8 8.8.8.8 172.32.0.1 2001:db8:0:1::1",
        ) {
            assert!(!permitted.permits(&name), "{name}");
        }
    }

    #[test]
    fn a_domain_that_everybody_registers_in_is_never_permitted() {
        for (host, wanted) in [
            ("till.example.com", "example.com"),
            ("a.till.example.com", "till.example.com"),
            ("example.com", "example.com"),
            ("*.example.com", "example.com"),
            ("shop.co.uk", "shop.co.uk"),
            ("www.shop.co.uk", "shop.co.uk"),
            ("till.example.de", "example.de"),
            ("till", "till"),
        ] {
            assert_eq!(domain(host), wanted, "{host}");
        }
    }
}
