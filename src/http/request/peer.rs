//! The connection under a request.

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
}
