//! `[ops]`: who may see details and metrics.

use crate::config::kind::Kind;
use crate::config::setting::{Row, section};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{Ipv4Addr, Ipv6Addr};

section! {
    /// Who may see details and metrics without a token.
    pub struct OpsConfig in "ops" {
        /// Networks whose clients see metrics and the details of health; an empty list leaves only tokens with the
        /// scope `metrics:read`.
        "allow" allow: Vec<IpNet> = local_networks(), Row::of(Kind::NETWORKS).live();
    }
}

/// Loopback and private networks (RFC 1122, RFC 1918, RFC 4193).
fn local_networks() -> Vec<IpNet> {
    let v4 = |a, b, c, d, len| IpNet::from(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), len));
    let unique_local = Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0);
    vec![
        v4(127, 0, 0, 0, 8),
        Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128).into(),
        v4(10, 0, 0, 0, 8),
        v4(172, 16, 0, 0, 12),
        v4(192, 168, 0, 0, 16),
        Ipv6Net::new_assert(unique_local, 7).into(),
    ]
}
