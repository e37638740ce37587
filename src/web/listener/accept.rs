//! Accepting connections until the stop, then letting them finish.

use super::addresses::Addresses;
use super::connection::{self, Shared};
use super::limits::Limits;
use crate::platform::shutdown::Shutdown;
use crate::web::edge::Edge;
use crate::web::options;
use axum::Router;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_rustls::TlsAcceptor;
use tracing::warn;

/// How long accepting rests after an error that has nothing to do with one client, such as too many open files.
const REST: Duration = Duration::from_millis(200);

/// Least time between two log lines that say connections are refused.
const WARNING_EVERY: Duration = Duration::from_secs(10);

/// How the stop went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Every request was answered.
    Finished,
    /// So many connections were cut at the deadline.
    Cut {
        /// How many.
        connections: usize,
    },
}

/// Serves connections until the stop is asked for, then lets requests finish for at most `drain`.
pub async fn run(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    edge: Arc<Edge>,
    mut shutdown: Shutdown,
    drain: Duration,
) -> Drained {
    let limits = Limits::from(&edge.options);
    let builder = connection::builder();
    let shared = Arc::new(Shared { router, edge, tls, limits, builder });
    let mut connections = Connections::new(shared);
    loop {
        tokio::select! {
            biased;
            () = shutdown.requested() => break,
            Some(ended) = connections.tasks.join_next_with_id() => connections.forget(ended),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => connections.admit(stream, peer),
                Err(error) if is_of_one_client(&error) => {}
                Err(error) => {
                    connections.warnings.say(&format!("Accepting a connection failed: {error}"));
                    tokio::select! {
                        () = shutdown.requested() => break,
                        () = tokio::time::sleep(REST) => {}
                    }
                }
            },
        }
    }
    drop(listener);
    connections.finish(drain).await
}

/// Tells errors of a client that went away before it was accepted from those of this machine.
fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// The open connections of a listener. Only its own task touches it, so nothing is locked.
struct Connections {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
    /// For every task, whose it is and how it is asked to end.
    open: HashMap<Id, (IpAddr, oneshot::Sender<()>)>,
    addresses: Addresses,
    warnings: Warnings,
}

impl Connections {
    fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            tasks: JoinSet::new(),
            open: HashMap::new(),
            addresses: Addresses::default(),
            warnings: Warnings::default(),
        }
    }

    /// Serves a connection, or closes it if there are too many.
    fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        let limits = &self.shared.limits;
        if self.open.len() >= limits.connections_max {
            let max = limits.connections_max;
            return self
                .warnings
                .say(&format!("All {max} connections are taken; hint: raise listen.connections_max"));
        }
        let address = peer.ip();
        if !self.addresses.enter(address, limits.connections_per_address_max) {
            let shown = options::shown(self.shared.edge.options.client_address, address);
            let client = shown.map_or_else(|| "a client".to_owned(), |address| address.to_string());
            return self.warnings.say(&format!(
                "{client} holds as many connections as one address may; hint: raise listen.connections_per_address_max"
            ));
        }
        let (stop, stopped) = oneshot::channel();
        let task = self.tasks.spawn(connection::serve(Arc::clone(&self.shared), stream, address, stopped));
        self.open.insert(task.id(), (address, stop));
    }

    fn forget(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match &ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        if let Some((address, _stop)) = self.open.remove(&id) {
            self.addresses.leave(address);
        }
    }

    /// Asks every connection to end after what it carries, and cuts those that are left at the deadline.
    async fn finish(mut self, drain: Duration) -> Drained {
        // Dropping the senders asks every connection at once.
        self.open.clear();
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(drain, finished).await.is_ok() {
            return Drained::Finished;
        }
        let connections = self.tasks.len();
        self.tasks.shutdown().await;
        Drained::Cut { connections }
    }
}

/// Log lines that a flood must not multiply.
#[derive(Debug, Default)]
struct Warnings {
    last: Option<Instant>,
    more: u64,
}

impl Warnings {
    fn say(&mut self, message: &str) {
        let now = Instant::now();
        if self.last.is_some_and(|last| now.duration_since(last) < WARNING_EVERY) {
            self.more += 1;
            return;
        }
        warn!(more = self.more, "{message}");
        self.last = Some(now);
        self.more = 0;
    }
}
