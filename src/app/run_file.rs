//! The file that tells others where a running appliance listens.

use crate::domain::time::Timestamp;
use crate::platform::files::{Access, write_whole};
use serde::{Deserialize, Serialize};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// What a running appliance tells: `DATA_DIR/run.json`, written by rename once it is ready, removed when it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFile {
    /// Process id.
    pub pid: u32,
    /// Address of the HTTPS listener as bound, `HOST:PORT`.
    pub https: Option<SocketAddr>,
    /// Address of the plain listener that redirects.
    pub http: Option<SocketAddr>,
    /// Address of the plain listener for metrics and health.
    pub ops: Option<SocketAddr>,
    /// The authority's certificate, for clients; none with the operator's own files.
    pub ca: Option<PathBuf>,
    /// Version of the program.
    pub version: String,
    /// When it started.
    pub started_at: Timestamp,
}

impl RunFile {
    /// Writes the file.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        write_whole(path, &bytes, Access::Public)
    }

    /// Returns the listeners that are bound with their addresses, such as `https 127.0.0.1:8443`.
    pub fn bound(&self) -> String {
        let all = [("https", self.https), ("http", self.http), ("ops", self.ops)];
        let bound = all.into_iter().filter_map(|(name, address)| Some(format!("{name} {}", address?)));
        bound.collect::<Vec<_>>().join(", ")
    }

    /// Reads the file.
    pub fn read(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }
}

/// Returns where a listener is reached from the same machine: one on every interface answers on loopback.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_interface_is_reached_on_loopback() {
        let of = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(of("0.0.0.0:8443"), "127.0.0.1:8443");
        assert_eq!(of("[::]:8443"), "[::1]:8443");
        assert_eq!(of("192.0.2.1:1"), "192.0.2.1:1");
    }
}
