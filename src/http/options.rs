//! What the app tells the edge: limits, networks, texts.

use crate::config::ClientAddress;
use crate::domain::rate::Quota;
use crate::services::limits::Applies;
use ipnet::IpNet;
use std::net::IpAddr;
use std::time::Duration;

/// Most bytes of a batch, unless a single event may be larger; each event has its own limit besides.
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most events of a batch: their receipts are one answer.
pub const BATCH_EVENTS_MAX: usize = 10_000;

/// Settings of the edge as plain values: one immutable value that a change replaces as a whole. A request looks once
/// and works with what it saw to its end.
#[derive(Clone, Debug)]
pub struct EdgeOptions {
    /// Largest event in bytes.
    pub body_bytes_max: usize,
    /// Longest time for receiving a body and again for answering; for streams the longest pause.
    pub request_timeout: Duration,
    /// Longest time a connection may stay idle.
    pub connection_timeout: Duration,
    /// Requests a connection may carry before it is closed; 0: any number.
    pub requests_per_socket_max: u32,
    /// Requests of one client in a window.
    pub rate_limit: Quota,
    /// Which requests that limit counts.
    pub rate_limit_applies: Applies,
    /// Most requests being answered at once.
    pub in_flight_max: usize,
    /// Most event streams open at once.
    pub streams_max: usize,
    /// Most connections of a listener at once.
    pub connections_max: usize,
    /// Most connections of one client address (IPv6: one /64) at once; loopback is exempt.
    pub connections_per_address_max: usize,
    /// Networks that may read metrics without a token.
    pub ops_allow: Vec<IpNet>,
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks whose clients are neither counted nor blocked for failures.
    pub exempt_networks: Vec<IpNet>,
    /// Longest time for finishing requests at the stop.
    pub drain_timeout: Duration,
    /// Origins whose pages may call from a browser; `*` is any.
    pub cors_origins: Vec<String>,
    /// How long keys are remembered, as `GET /v1` shows it: `30d` or `never ends`.
    pub key_retention: String,
    /// How long automatic keys count, as `GET /v1` shows it.
    pub auto_key_window: String,
    /// How much of a client's address the access log shows.
    pub client_address: ClientAddress,
    /// Whether answers tell browsers to come back over HTTPS only: with the operator's certificate on port 443.
    pub strict_transport: bool,
}

impl Default for EdgeOptions {
    fn default() -> Self {
        Self {
            body_bytes_max: 1024 * 1024,
            request_timeout: Duration::from_secs(30),
            connection_timeout: Duration::from_mins(1),
            requests_per_socket_max: 0,
            rate_limit: Quota { max: 100, window: Duration::from_mins(1) },
            rate_limit_applies: Applies::Unauthenticated,
            in_flight_max: 1_024,
            streams_max: 8_192,
            connections_max: 16_384,
            connections_per_address_max: 1_024,
            ops_allow: Vec::new(),
            trusted_proxies: Vec::new(),
            exempt_networks: Vec::new(),
            drain_timeout: Duration::from_secs(30),
            cors_origins: Vec::new(),
            key_retention: "30d".to_owned(),
            auto_key_window: "1h".to_owned(),
            client_address: ClientAddress::Masked,
            strict_transport: false,
        }
    }
}

impl EdgeOptions {
    /// Returns the most bytes of a batch.
    pub fn batch_bytes_max(&self) -> usize {
        BATCH_BYTES_MAX.max(self.body_bytes_max)
    }

    /// Tells whether a peer is a proxy whose forwarding headers are believed.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        contains(&self.trusted_proxies, peer)
    }
}

pub(super) fn contains(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

/// Returns what the access log shows of an address.
pub(super) fn shown(setting: ClientAddress, address: IpAddr) -> Option<IpAddr> {
    let address = address.to_canonical();
    let bits = match (setting, address) {
        (ClientAddress::Off, _) => return None,
        (ClientAddress::Full, _) => return Some(address),
        (ClientAddress::Masked, IpAddr::V4(_)) => 24,
        (ClientAddress::Masked, IpAddr::V6(_)) => 48,
    };
    IpNet::new(address, bits).ok().map(|network| network.network())
}

/// Returns what log lines call a client.
pub(super) fn client_text(setting: ClientAddress, address: IpAddr) -> String {
    shown(setting, address).map_or_else(|| "a client".to_owned(), |address| address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_address_matches_networks_of_its_own_kind() {
        let networks = ["127.0.0.0/8".parse().unwrap()];
        assert!(contains(&networks, "::ffff:127.0.0.1".parse().unwrap()));
        assert!(!contains(&networks, "::1".parse().unwrap()));
        assert!(!EdgeOptions::default().trusts("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn a_masked_address_shows_its_network_only() {
        let text_of =
            |how: ClientAddress, text: &str| shown(how, text.parse().unwrap()).map(|a| a.to_string());
        assert_eq!(text_of(ClientAddress::Masked, "192.0.2.77").unwrap(), "192.0.2.0");
        assert_eq!(text_of(ClientAddress::Masked, "2001:db8:1:2::3").unwrap(), "2001:db8:1::");
        assert_eq!(text_of(ClientAddress::Full, "192.0.2.77").unwrap(), "192.0.2.77");
        assert_eq!(text_of(ClientAddress::Off, "192.0.2.77"), None);
    }
}
