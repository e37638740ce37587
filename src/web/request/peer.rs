//! Where a request comes from.

use crate::web::options::EdgeOptions;
use crate::web::request::header::X_FORWARDED_FOR;
use http::HeaderMap;
use http::header::FORWARDED;
use std::net::{IpAddr, Ipv4Addr};

/// The connection under a request; the listener puts it into the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Who holds the connection's other end.
    pub address: IpAddr,
    /// Whether the listener polls the request's future at least a few times within every time limit, so that no
    /// timer of its own is needed.
    pub polled: Polled,
}

/// What wakes a request's future when nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// The connection's own tick.
    ByConnection,
    /// Only a timer of its own.
    ByTimer,
}

impl Peer {
    /// A peer nobody knows anything about, for requests that came without a socket.
    pub const UNKNOWN: Self = Self { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), polled: Polled::ByTimer };

    /// Tells whether the peer may read what `ops.allow` opens. A request that was forwarded by somebody who is no
    /// trusted proxy comes from anywhere.
    pub fn may_operate(&self, headers: &HeaderMap, options: &EdgeOptions) -> bool {
        let forwarded = headers.contains_key(FORWARDED) || headers.contains_key(&X_FORWARDED_FOR);
        match forwarded {
            false => options.allows_ops(self.address),
            true if !options.trusts(self.address) => false,
            true => forwarded_for(headers)
                .is_some_and(|client| options.allows_ops(client) && !options.trusts(client)),
        }
    }
}

/// Returns the client that the last proxy names: only the right-most entry of one `X-Forwarded-For` is that proxy's
/// own word, and beside a `Forwarded` header nobody knows which of the two it wrote.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    if headers.contains_key(FORWARDED) {
        return None;
    }
    let last = headers.get_all(&X_FORWARDED_FOR).iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim_ascii().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn may(address: &str, forwarded: &[(&'static str, &'static str)]) -> bool {
        let options = EdgeOptions {
            ops_allow: vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()],
            trusted_proxies: vec!["127.0.0.2/32".parse().unwrap()],
            ..EdgeOptions::default()
        };
        let mut headers = HeaderMap::new();
        for (name, value) in forwarded {
            headers.append(*name, HeaderValue::from_static(value));
        }
        Peer { address: address.parse().unwrap(), polled: Polled::ByTimer }.may_operate(&headers, &options)
    }

    #[test]
    fn only_direct_peers_of_allowed_networks_operate() {
        assert!(may("127.0.0.1", &[]));
        assert!(!may("192.0.2.1", &[]));
        assert!(!may("127.0.0.1", &[("x-forwarded-for", "10.0.0.1")]));
        assert!(!may("127.0.0.1", &[("forwarded", "for=10.0.0.1")]));
    }

    #[test]
    fn a_trusted_proxy_speaks_for_its_client() {
        assert!(may("127.0.0.2", &[("x-forwarded-for", "192.0.2.1, 10.0.0.1")]));
        assert!(!may("127.0.0.2", &[("x-forwarded-for", "10.0.0.1, 192.0.2.1")]));
        assert!(!may("127.0.0.2", &[("x-forwarded-for", "10.0.0.1"), ("forwarded", "for=192.0.2.1")]));
        assert!(!may("127.0.0.2", &[("x-forwarded-for", "unknown")]));
    }
}
