//! The listeners: bound first, so that a taken port is told before anything is made, then served.

use crate::app::routes::ROUTES;
use crate::config::ListenConfig;
use crate::http::edge::Edge;
use crate::http::listener::{self, Drained, Heartbeat};
use crate::http::router;
use crate::platform::files::remove_if_there;
use crate::platform::shutdown::Shutdown;
use crate::tls::keeper::TlsKeeper;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinSet;

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}; hint: is another program there? choose another address with {setting}")]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// The setting that gave it.
    pub setting: &'static str,
    /// Why.
    #[source]
    pub source: io::Error,
}

pub(super) struct Listeners {
    pub(super) https: TcpListener,
    pub(super) http: Option<TcpListener>,
    pub(super) ops: Option<TcpListener>,
}

/// Listeners with their names, to be asked whether they move.
pub(super) type Heartbeats = Vec<(&'static str, Heartbeat)>;

impl Listeners {
    pub(super) fn bind(listen: &ListenConfig) -> Result<Self, BindError> {
        let bind = |address: SocketAddr, setting| {
            listener::bind(address).map_err(|source| BindError { address, setting, source })
        };
        Ok(Self {
            https: bind(listen.https, "listen.https")?,
            http: listen.http.map(|address| bind(address, "listen.http")).transpose()?,
            ops: listen.ops.map(|address| bind(address, "listen.ops")).transpose()?,
        })
    }

    pub(super) fn serve(
        self,
        edge: &Arc<Edge>,
        tls: &TlsKeeper,
        stop: &Shutdown,
    ) -> (JoinSet<Drained>, Heartbeats) {
        if let Ok(address) = self.https.local_addr() {
            edge.https_bound(address.port());
        }
        let acceptor = tls.server_config().map(Into::into);
        let all = [
            ("HTTPS listener", Some(self.https), acceptor, router::build(edge, &ROUTES)),
            ("HTTP listener", self.http, None, router::build_redirect(edge, &ROUTES)),
            ("operations listener", self.ops, None, router::build_operations(edge, &ROUTES)),
        ];
        let (mut serving, mut heartbeats) = (JoinSet::new(), Vec::new());
        for (name, bound, acceptor, routes) in all {
            let Some(bound) = bound else { continue };
            let (heartbeat, beats) = listener::heartbeat();
            let edge = Arc::clone(edge);
            serving.spawn(listener::run(bound, acceptor, routes, edge, stop.clone(), beats));
            heartbeats.push((name, heartbeat));
        }
        (serving, heartbeats)
    }
}

/// Binds the socket by which commands reach a running appliance, for its owner alone, and serves it until the stop. One that a crash left is replaced: the caller
/// holds the directory's lock.
pub(super) fn open_socket(path: &Path, edge: &Arc<Edge>, stop: Shutdown) -> io::Result<JoinSet<()>> {
    remove_if_there(path)?;
    let socket = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    let mut serving = JoinSet::new();
    serving.spawn(listener::run_local(socket, router::build_local(edge, &ROUTES), Arc::clone(edge), stop));
    Ok(serving)
}
