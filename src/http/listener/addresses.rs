//! How many connections each client address holds.

use crate::domain::client::Client;
use std::collections::HashMap;
use std::net::IpAddr;

/// Counts connections by client: an IPv4 address, or a /64 of IPv6, which one client has to itself. Loopback is not
/// counted: a proxy or the appliance's own commands stand there. It holds at most one entry per open connection.
#[derive(Debug, Default)]
pub(super) struct Addresses(HashMap<Client, usize>);

impl Addresses {
    /// Counts a connection; false, and nothing is counted, if the client has its most already.
    pub(super) fn enter(&mut self, address: IpAddr, max: usize) -> bool {
        let Some(client) = client_of(address) else { return true };
        let count = self.0.entry(client).or_default();
        if *count >= max {
            return false;
        }
        *count += 1;
        true
    }

    pub(super) fn leave(&mut self, address: IpAddr) {
        let Some(client) = client_of(address) else { return };
        if let Some(count) = self.0.get_mut(&client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.0.remove(&client);
            }
        }
    }
}

fn client_of(address: IpAddr) -> Option<Client> {
    Some(Client::of(address)).filter(|client| !client.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_a_bounded_number_of_connections() {
        let mut addresses = Addresses::default();
        let one = "192.0.2.1".parse().unwrap();
        assert!(addresses.enter(one, 2) && addresses.enter("::ffff:192.0.2.1".parse().unwrap(), 2));
        assert!(!addresses.enter(one, 2));
        assert!(addresses.enter("192.0.2.2".parse().unwrap(), 2));
        addresses.leave(one);
        assert!(addresses.enter(one, 2));
    }

    #[test]
    fn a_network_of_ipv6_is_one_client_and_loopback_is_none() {
        let mut addresses = Addresses::default();
        assert!(addresses.enter("2001:db8::1".parse().unwrap(), 1));
        assert!(!addresses.enter("2001:db8::2".parse().unwrap(), 1));
        assert!(addresses.enter("2001:db8:0:1::1".parse().unwrap(), 1));
        for _ in 0..9 {
            assert!(addresses.enter("127.0.0.1".parse().unwrap(), 1));
            assert!(addresses.enter("::1".parse().unwrap(), 1));
        }
    }

    #[test]
    fn nothing_stays_of_those_who_left() {
        let mut addresses = Addresses::default();
        let one = "192.0.2.1".parse().unwrap();
        assert!(addresses.enter(one, 1));
        addresses.leave(one);
        addresses.leave(one);
        assert!(addresses.0.is_empty());
    }
}
