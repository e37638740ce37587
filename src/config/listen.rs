//! `[listen]`: addresses and connections.

use crate::config::kind::Kind;
use crate::config::setting::{Row, section};
use std::net::{Ipv4Addr, SocketAddr};

section! {
    /// Addresses and connections. Port 0 takes a free port; `run.json` in the data directory names it.
    pub struct ListenConfig in "listen" {
        /// The HTTPS listener (HTTP/1.1 and HTTP/2): senders, readers and scripts. `[::]:8443` takes IPv4 and IPv6 on
        /// every interface.
        "https" https: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8443)), Row::of(Kind::ADDRESS);

        /// An additional plain listener that sends browsers on to HTTPS (308) and refuses everything else with 403. It
        /// takes no credential, so that it may be on a public address, such as `[::]:80`, in production too.
        "http" http: Option<SocketAddr> = None, Row::of(Kind::OPTIONAL_ADDRESS);

        /// An additional plain listener for metrics and health, for loopback or a private network.
        "ops" ops: Option<SocketAddr> = None, Row::of(Kind::OPTIONAL_ADDRESS);

        /// Most connections at a time over all listeners.
        "connections_max" connections_max: usize = 16_384, Row::of(Kind::count(1, 1_000_000));

        /// Most connections at a time from one address; loopback is exempt.
        "connections_per_address_max" connections_per_address_max: usize = 1_024,
            Row::of(Kind::count(1, 1_000_000));
    }
}
