//! The names and addresses of this machine, from the kernel and `/etc/hosts` (hosts(5)); nothing asks the network.

use crate::platform::system::host_name;
use crate::tls::name::{TlsName, without_repetitions};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The most interface addresses that go into a certificate: a machine of many containers has more, and each makes
/// every handshake longer.
const ADDRESSES_MAX: usize = 64;

/// Interface addresses that are only valid on their link (scope of if_inet6).
const SCOPE_LINK: u8 = 0x20;

/// Privacy, deprecated and not yet verified addresses (IFA_F_TEMPORARY, IFA_F_DEPRECATED, IFA_F_TENTATIVE, IFA_F_DADFAILED
/// of rtnetlink(7)): they come and go, and would have the certificate reissued all the time.
const FLAGS_PASSING: u8 = 0x01 | 0x20 | 0x40 | 0x08;

/// Returns the host name, the full name, `localhost`, the loopback addresses and the interface addresses.
pub(super) fn names_of_this_machine() -> Vec<TlsName> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let interfaces = (read("/proc/net/fib_trie"), read("/proc/net/if_inet6"));
    machine_names(&host_name(), &read("/etc/hosts"), &interfaces.0, &interfaces.1)
}

fn machine_names(host: &str, hosts_file: &str, fib_trie: &str, if_inet6: &str) -> Vec<TlsName> {
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].map(TlsName::Ip);
    let texts = [Some(short_name(host)), full_name(host, hosts_file), Some("localhost")];
    // A host name that DNS would not allow cannot be in a URL either.
    let texts = texts.into_iter().flatten().filter_map(|text| TlsName::parse(text).ok());
    let v4 = ipv4_addresses(fib_trie).into_iter().map(IpAddr::V4);
    let v6 = ipv6_addresses(if_inet6).into_iter().map(IpAddr::V6);
    let usable = |ip: &IpAddr| !ip.is_loopback() && !ip.is_unspecified() && !ip.is_multicast();
    let mut interfaces = without_repetitions(v4.chain(v6).filter(usable).map(TlsName::Ip));
    interfaces.truncate(ADDRESSES_MAX);
    without_repetitions(texts.chain(loopback).chain(interfaces))
}

fn short_name(host: &str) -> &str {
    host.split_once('.').map_or(host, |(short, _)| short)
}

/// Returns the host name if it is a full one, else the full name that the hosts file has for it.
fn full_name<'a>(host: &'a str, hosts_file: &'a str) -> Option<&'a str> {
    if host.contains('.') {
        return Some(host);
    }
    let is_full = |name: &str| {
        name.split_once('.').is_some_and(|(short, rest)| short.eq_ignore_ascii_case(host) && !rest.is_empty())
    };
    hosts_file.lines().find_map(|line| {
        let line = line.split_once('#').map_or(line, |(before, _)| before);
        let mut names = line.split_whitespace().skip(1);
        names.find(|name| is_full(name))
    })
}

/// Reads the host addresses of the routing trie: an address line, and below it `/32 host LOCAL`.
fn ipv4_addresses(fib_trie: &str) -> Vec<Ipv4Addr> {
    let mut found = Vec::new();
    let mut last: Option<Ipv4Addr> = None;
    for line in fib_trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address.parse().ok();
        } else if line == "/32 host LOCAL" {
            found.extend(last);
        }
    }
    found
}

/// Reads lines of address, interface number, prefix length, scope, flags and interface name, all hexadecimal.
fn ipv6_addresses(if_inet6: &str) -> Vec<Ipv6Addr> {
    let parse = |line: &str| {
        let mut fields = line.split_whitespace();
        let address = u128::from_str_radix(fields.next()?, 16).ok()?;
        let scope = u8::from_str_radix(fields.nth(2)?, 16).ok()?;
        let flags = u8::from_str_radix(fields.next()?, 16).ok()?;
        (scope != SCOPE_LINK && flags & FLAGS_PASSING == 0).then(|| Ipv6Addr::from_bits(address))
    };
    if_inet6.lines().filter_map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIB_TRIE: &str = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     \
        +-- 127.0.0.0/8 2 0 2\n           |-- 127.0.0.0\n              /8 host LOCAL\n           |-- 127.0.0.1\n              \
        /32 host LOCAL\n           |-- 192.0.2.0\n              /24 link UNICAST\n           |-- 192.0.2.2\n              \
        /32 host LOCAL\n        |-- 192.0.2.255\n           /32 link BROADCAST\nLocal:\n           |-- 192.0.2.2\n              \
        /32 host LOCAL\n";
    const IF_INET6: &str = "00000000000000000000000000000001 01 80 10 80       lo\n\
        fe8000000000000000fc00fffe000001 04 40 20 80     eth0\n20010db8000000000000000000000002 04 40 00 80 eth0\n\
        20010db80000000000000000000000ff 04 40 00 01 eth0\n";

    fn names(host: &str, hosts_file: &str) -> Vec<String> {
        machine_names(host, hosts_file, FIB_TRIE, IF_INET6).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_machine_has_its_names_and_lasting_addresses() {
        let hosts_file = "# till.example.org\n127.0.0.1 localhost\n127.0.1.1 till.example.com till # ours\n";
        let addresses = ["127.0.0.1", "::1", "192.0.2.2", "2001:db8::2"];
        assert_eq!(
            names("till", hosts_file),
            [&["till", "till.example.com", "localhost"], &addresses[..]].concat()
        );
        assert_eq!(
            names("till.example.net", ""),
            [&["till", "till.example.net", "localhost"], &addresses[..]].concat()
        );
        assert_eq!(names("no name", ""), [&["localhost"], &addresses[..]].concat());
    }

    #[test]
    fn this_machine_has_at_least_its_loopback_names() {
        let names = names_of_this_machine();
        for name in ["localhost", "127.0.0.1", "::1"] {
            assert!(names.contains(&TlsName::parse(name).unwrap()), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_contents_of_the_files_are_taken(host in ".{0,80}", text in "[0-9a-f|/. \n-]{0,200}") {
            let names = machine_names(&host, &text, &text, &text);
            prop_assert!(names.len() <= ADDRESSES_MAX + 5);
        }
    }
}
