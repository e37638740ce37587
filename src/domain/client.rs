//! Whom limits count as one client.

use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;

/// Bits of an IPv6 address that one client has to itself: the /64 a provider gives to every connection, or more.
const IPV6_CLIENT_BITS: u8 = 64;

/// Who a request counts for: an IPv4 address, or a /64 of IPv6, whose addresses one client may change at will. An IPv4
/// address that is written as IPv6 is the IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client(IpNet);

impl Client {
    /// Returns the client behind an address.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            v6 @ IpAddr::V6(_) if !v6.is_loopback() => Self(IpNet::new_assert(v6, IPV6_CLIENT_BITS).trunc()),
            canonical => Self(canonical.into()),
        }
    }

    /// Returns the client's network; of an IPv4 client its address alone.
    pub fn network(self) -> IpNet {
        self.0
    }

    /// Tells whether the client is this machine itself.
    pub fn is_loopback(self) -> bool {
        self.0.addr().is_loopback()
    }

    /// Returns how many bits of the address are the client's.
    pub fn bits(self) -> u8 {
        self.0.prefix_len()
    }

    /// Returns the address, of an IPv6 client its network's first.
    pub fn address(self) -> IpAddr {
        self.0.addr()
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> Client {
        Client::of(text.parse().unwrap())
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        assert_eq!(client("2001:db8::1"), client("2001:db8::ffff:1"));
        assert_ne!(client("2001:db8::1"), client("2001:db8:0:1::1"));
        assert_eq!(client("2001:db8::1").to_string(), "2001:db8::/64");
    }

    #[test]
    fn an_ipv4_address_is_one_client_however_it_is_written() {
        assert_eq!(client("192.0.2.1"), client("::ffff:192.0.2.1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
        assert_eq!(client("192.0.2.1").to_string(), "192.0.2.1");
    }

    #[test]
    fn loopback_is_known_in_every_form() {
        for near in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(client(near).is_loopback(), "{near}");
        }
        assert_ne!(client("::1"), client("::2"));
        assert!(!client("::2").is_loopback());
    }
}
