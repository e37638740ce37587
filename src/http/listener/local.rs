//! The admin socket: the same HTTP, for commands on this machine.

use super::connection::{self, Shared};
use super::limits::Limits;
use super::state::ConnectionState;
use crate::http::edge::{Edge, LOCAL_CONNECTIONS_MAX};
use crate::http::request::origin::Origin;
use crate::platform::shutdown::Shutdown;
use axum::Router;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long accepting rests after an error, such as too many open files.
const REST: Duration = Duration::from_millis(100);

/// Longest time a command may take to send its request: whoever connects and sends nothing keeps others waiting.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(10);

/// Serves commands until the stop is asked for, then lets those under way finish for at most the time that the options
/// give.
pub async fn run_local(listener: UnixListener, router: Router, edge: Arc<Edge>, mut shutdown: Shutdown) {
    let shared = Arc::new(Shared { router, edge, tls: None, builder: connection::builder() });
    let mut tasks = JoinSet::new();
    loop {
        let free = tasks.len() < LOCAL_CONNECTIONS_MAX;
        tokio::select! {
            biased;
            () = shutdown.requested() => break,
            Some(_ended) = tasks.join_next() => {}
            accepted = listener.accept(), if free => match accepted {
                Ok((stream, _address)) => drop(tasks.spawn(serve(Arc::clone(&shared), stream, shutdown.clone()))),
                Err(_no_descriptors) => sleep(REST).await,
            }
        }
    }
    drop(listener);
    let finished = async { while tasks.join_next().await.is_some() {} };
    // What is left then is cut off as the tasks are dropped.
    let _ = timeout(shared.edge.options().drain_timeout, finished).await;
}

async fn serve(shared: Arc<Shared>, stream: UnixStream, mut shutdown: Shutdown) {
    let mut limits = Limits::from(&*shared.edge.options());
    limits.requests_per_socket_max = 0;
    limits.head_timeout = limits.head_timeout.min(REQUEST_TIME_MAX);
    limits.idle_timeout = limits.idle_timeout.min(REQUEST_TIME_MAX);
    let stop = Box::pin(async move { shutdown.requested().await });
    let state = Arc::new(ConnectionState::default());
    connection::drive(&shared, limits, stream, &state, Origin::LOCAL.address, stop).await;
}
