//! Networks that the operator keeps out.

use crate::domain::client::Client;
use crate::domain::names::{NameError, check_label};
use crate::domain::time::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Most bans of an appliance: they all stand in memory.
pub const BANS_MAX: usize = 4_096;

/// A network that the operator keeps out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// The network; a single address is one of its full length.
    pub network: IpNet,
    /// Why, for people.
    pub reason: Option<String>,
    /// When it began.
    pub since: Timestamp,
    /// When it ends; none: it stays until it is lifted.
    pub until: Option<Timestamp>,
}

/// A text that names no network that can be kept out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BanError {
    /// It is no address and no network.
    #[error("`{0}` is neither an IP address nor a network; hint: write it like 192.0.2.1 or 192.0.2.0/24")]
    Malformed(String),
    /// It holds this machine's own addresses.
    #[error(
        "`{0}` holds loopback, which is never kept out; hint: name a network without 127.0.0.0/8 and ::1"
    )]
    Loopback(IpNet),
}

impl Ban {
    /// Tells whether it still holds.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// The bans of an appliance, found by address with a few lookups: one for each length of network there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bans {
    by_network: BTreeMap<IpNet, Arc<Ban>>,
    lengths: BTreeSet<u8>,
}

impl Bans {
    /// Adds a ban.
    pub fn insert(&mut self, ban: Ban) {
        self.lengths.insert(ban.network.prefix_len());
        self.by_network.insert(ban.network, Arc::new(ban));
    }

    /// Removes the ban of exactly this network, if there is one.
    pub fn remove(&mut self, network: &IpNet) {
        self.by_network.remove(network);
        self.lengths = self.by_network.keys().map(IpNet::prefix_len).collect();
    }

    /// Returns a ban that holds for the address.
    pub fn holding(&self, address: IpAddr, now: Timestamp) -> Option<&Arc<Ban>> {
        let address = address.to_canonical();
        let networks = self.lengths.iter().filter_map(|length| IpNet::new(address, *length).ok());
        let mut bans = networks.filter_map(|network| self.by_network.get(&network.trunc()));
        bans.find(|ban| ban.holds(now))
    }

    /// Returns the ban of exactly this network.
    pub fn of(&self, network: &IpNet) -> Option<&Arc<Ban>> {
        self.by_network.get(network)
    }

    /// Returns every ban, by network.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Ban>> {
        self.by_network.values()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_network.is_empty()
    }
}

/// Reads a network or address. An IPv6 address stands for its /64, which one client has to itself.
pub fn parse_network(text: &str) -> Result<IpNet, BanError> {
    let text = text.trim();
    let network = match text.parse() {
        Ok(address) => Client::of(address).network(),
        Err(_error) => text.parse().map_err(|_error| BanError::Malformed(text.chars().take(80).collect()))?,
    };
    Ok(unmapped(network).trunc())
}

/// Reads a network that is to be kept out.
pub fn parse_banned(text: &str) -> Result<IpNet, BanError> {
    let network = parse_network(text)?;
    let loopback: [IpNet; 2] = [
        IpNet::new_assert([127, 0, 0, 0].into(), 8),
        IpNet::new_assert([0, 0, 0, 0, 0, 0, 0, 1].into(), 128),
    ];
    if loopback.iter().any(|own| network.contains(own) || own.contains(&network)) {
        return Err(BanError::Loopback(network));
    }
    Ok(network)
}

/// Checks a reason: a text on one line.
pub fn check_reason(text: &str) -> Result<(), NameError> {
    check_label("reason", text)
}

/// Returns an IPv4 network that was written as IPv6 as what it is.
fn unmapped(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let v4 = v6.prefix_len().checked_sub(96).zip(v6.addr().to_ipv4_mapped());
    v4.and_then(|(len, address)| IpNet::new(address.into(), len).ok()).unwrap_or(network)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn banned(text: &str) -> Result<String, BanError> {
        parse_banned(text).map(|network| network.to_string())
    }

    #[test]
    fn networks_and_addresses_are_read_in_one_form() {
        assert_eq!(banned("192.0.2.7").unwrap(), "192.0.2.7/32");
        assert_eq!(banned(" 192.0.2.7/24 ").unwrap(), "192.0.2.0/24");
        assert_eq!(banned("::ffff:192.0.2.7").unwrap(), "192.0.2.7/32");
        assert_eq!(banned("::ffff:192.0.2.7/120").unwrap(), "192.0.2.0/24");
        assert_eq!(banned("2001:db8::1").unwrap(), "2001:db8::/64");
        assert_eq!(banned("2001:db8::1/128").unwrap(), "2001:db8::1/128");
        assert!(matches!(banned("example.org"), Err(BanError::Malformed(_))));
    }

    #[test]
    fn loopback_is_never_kept_out() {
        for own in ["127.0.0.1", "::1", "0.0.0.0/0", "::/0", "127.1.0.0/16", "::ffff:127.0.0.1", "::/64"] {
            assert!(matches!(banned(own), Err(BanError::Loopback(_))), "{own}");
        }
        assert!(banned("128.0.0.0/1").is_ok());
    }

    #[test]
    fn an_address_is_found_in_every_network_that_holds_it() {
        let mut bans = Bans::default();
        for (network, until) in
            [("192.0.2.0/24", Some(5)), ("192.0.0.0/16", Some(9)), ("2001:db8::/32", None)]
        {
            let (network, until) = (parse_banned(network).unwrap(), until.map(Timestamp::from_micros));
            bans.insert(Ban { network, reason: None, since: Timestamp::default(), until });
        }
        let found = |address: &str, now| {
            let ban = bans.holding(address.parse().unwrap(), Timestamp::from_micros(now));
            ban.map(|ban| ban.network.to_string())
        };
        assert!(found("192.0.2.1", 1).is_some());
        assert_eq!(found("192.0.2.1", 5).unwrap(), "192.0.0.0/16");
        assert_eq!(found("::ffff:192.0.9.1", 5).unwrap(), "192.0.0.0/16");
        assert_eq!(found("192.0.2.1", 9), None);
        assert_eq!(found("2001:db8:1::1", 9).unwrap(), "2001:db8::/32");
        assert_eq!(found("198.51.100.1", 1), None);
    }

    #[test]
    fn a_ban_holds_until_its_end() {
        let at = Timestamp::from_micros;
        let mut ban =
            Ban { network: parse_network("192.0.2.1").unwrap(), reason: None, since: at(1), until: None };
        assert!(ban.holds(at(u64::MAX)));
        ban.until = Some(at(5));
        assert!(ban.holds(at(4)) && !ban.holds(at(5)));
    }

    proptest! {
        #[test]
        fn any_text_is_a_network_or_refused(text in ".*") {
            let _ = parse_banned(&text);
        }
    }
}
