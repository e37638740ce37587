//! Accepting connections until the stop, then letting them finish.

use super::addresses::Addresses;
use super::connection::{self, Shared};
use super::heartbeat::Beats;
use super::limits::Limits;
use crate::http::edge::Edge;
use crate::http::options::client_text;
use crate::platform::shutdown::Shutdown;
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

/// How often a stopping listener looks whether requests are still under way.
const LOOK_EVERY: Duration = Duration::from_millis(20);

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

/// Serves connections until the stop is asked for, then lets requests finish for at most the time that
/// the options give then. As long as some are
/// under way on any listener, new connections are taken for one request each: who comes is told that the appliance is
/// stopping, and health checks see it, instead of finding nobody there. Between two connections it answers who asks
/// whether it moves.
pub async fn run(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    edge: Arc<Edge>,
    mut shutdown: Shutdown,
    mut beats: Beats,
) -> Drained {
    let builder = connection::builder();
    let mut connections = Connections {
        shared: Arc::new(Shared { router, edge, tls, builder }),
        tasks: JoinSet::new(),
        open: HashMap::new(),
        addresses: Addresses::default(),
        warnings: Warnings::default(),
        stopping: false,
    };
    loop {
        tokio::select! {
            biased;
            () = shutdown.requested() => break,
            // Before the connections, which may never end coming: questions come seldom and one by one.
            () = beats.answer_next() => {}
            () = connections.step(&listener) => {}
        }
    }
    let deadline = tokio::time::Instant::now() + connections.shared.edge.options().drain_timeout;
    connections.ask_to_end();
    connections.stopping = true;
    while connections.shared.edge.places.is_busy() {
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(deadline) => break,
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = connections.step(&listener) => {}
        }
    }
    drop(listener);
    connections.finish(deadline).await
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
    /// For every task, whose it is and how it is asked to end; none when it was asked.
    open: HashMap<Id, (IpAddr, Option<oneshot::Sender<()>>)>,
    addresses: Addresses,
    warnings: Warnings,
    /// The listener is stopping: connections that still come carry one request.
    stopping: bool,
}

impl Connections {
    /// Takes what comes next: a connection's end or a new one. May be given up while it waits.
    async fn step(&mut self, listener: &TcpListener) {
        tokio::select! {
            biased;
            Some(ended) = self.tasks.join_next_with_id() => self.forget(ended),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => self.admit(stream, peer),
                Err(error) if is_of_one_client(&error) => {}
                Err(error) => {
                    self.warnings.say(&format!("Accepting a connection failed: {error}"));
                    tokio::time::sleep(REST).await;
                }
            },
        }
    }

    /// Serves a connection, or closes it if there are too many.
    fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        let options = self.shared.edge.options();
        let mut limits = Limits::from(&*options);
        if self.stopping {
            limits.requests_per_socket_max = 1;
        }
        if self.open.len() >= options.connections_max {
            let max = options.connections_max;
            return self
                .warnings
                .say(&format!("All {max} connections are taken; hint: raise listen.connections_max"));
        }
        let address = peer.ip();
        if !self.addresses.enter(address, options.connections_per_address_max) {
            let client = client_text(options.client_address, address);
            return self.warnings.say(&format!(
                "{client} holds as many connections as one address may; hint: raise listen.connections_per_address_max"
            ));
        }
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        let task = self.tasks.spawn(connection::serve(shared, limits, stream, address, stopped));
        self.open.insert(task.id(), (address, Some(stop)));
    }

    fn forget(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
        if let Some((address, _stop)) = self.open.remove(&id) {
            self.addresses.leave(address);
        }
    }

    /// Asks every connection to end after what it carries.
    fn ask_to_end(&mut self) {
        for (_address, stop) in self.open.values_mut() {
            // Dropping the sender asks.
            *stop = None;
        }
    }

    /// Lets every connection end after what it carries, and cuts those that are left at the deadline.
    async fn finish(mut self, deadline: tokio::time::Instant) -> Drained {
        self.ask_to_end();
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout_at(deadline, finished).await.is_ok() {
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
