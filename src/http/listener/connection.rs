//! One connection from its first to its last byte.

use super::bare::Rewritten;
use super::limits::{HANDSHAKE_MAX, Limits};
use super::opening::Opening;
use super::service::ConnectionService;
use super::socket::Socket;
use super::state::ConnectionState;
use super::streams::Streams;
use super::unparsable;
use super::warden::{Verdict, Warden};
use crate::domain::client::Client;
use crate::http::edge::Edge;
use crate::http::request::origin::Origin;
use crate::http::shares::Members;
use axum::Router;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use tokio_rustls::TlsAcceptor;

/// Largest head of a request in bytes; also the most that is buffered of a body before it is asked for.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Largest list of headers on HTTP/2, counted as RFC 9113 does, with 32 bytes for each: above what is accepted, so
/// that the answer to a little too much is a problem and not a cut stream.
const H2_HEADER_LIST_MAX: u32 = 128 * 1024;

/// Most requests at once on one HTTP/2 connection.
const H2_STREAMS_MAX: u32 = 256;

/// Streams a client may reset before they were looked at, and streams reset for its errors, until it is cut off.
const H2_RESETS_MAX: usize = 64;

/// Window for one request's body and for all of a connection: the most a client makes us hold unread.
const H2_WINDOW: (u32, u32) = (256 * 1024, 1024 * 1024);

/// Most bytes of answers held for one stream while the client does not read.
const H2_SEND_MAX: usize = 256 * 1024;

/// Most bytes of records that wait in a connection whose client does not read: one whole record.
const TLS_BUFFER_MAX: usize = 16 * 1024;

/// Time between two looks at a connection that was asked to end: what carries nothing then should be gone in a second.
const LAST_TICK: Duration = Duration::from_millis(250);

/// What every connection of a listener shares.
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) edge: Arc<Edge>,
    /// Handshakes; none on plain listeners.
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) builder: auto::Builder<Streams>,
}

/// Returns how HTTP is spoken. No timer is given: time limits are the warden's.
pub(super) fn builder() -> auto::Builder<Streams> {
    let mut builder = auto::Builder::new(Streams);
    builder.http1().max_buf_size(HEAD_BYTES_MAX);
    builder
        .http2()
        .max_concurrent_streams(H2_STREAMS_MAX)
        .max_header_list_size(H2_HEADER_LIST_MAX)
        .max_pending_accept_reset_streams(H2_RESETS_MAX)
        .max_local_error_reset_streams(H2_RESETS_MAX)
        .initial_stream_window_size(H2_WINDOW.0)
        .initial_connection_window_size(H2_WINDOW.1)
        .max_send_buf_size(H2_SEND_MAX);
    builder
}

/// Serves one connection within the limits as they were when it came; `stop` asks it to end after what it carries.
pub(super) async fn serve(
    shared: Arc<Shared>,
    limits: Limits,
    stream: TcpStream,
    address: IpAddr,
    stop: oneshot::Receiver<()>,
) {
    let _counted = shared.edge.metrics.http.connection_opened();
    let state = Arc::new(ConnectionState::default());
    // Answers are written whole; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = shared.tls.clone() else {
        return drive(&shared, limits, stream, &state, address, stop).await;
    };
    let mut stop = stop;
    let handshake =
        acceptor.accept_with(Opening::new(stream), |tls| tls.set_buffer_limit(Some(TLS_BUFFER_MAX)));
    let handshake = timeout(HANDSHAKE_MAX, handshake);
    let shaken = tokio::select! {
        shaken = handshake => shaken,
        _ = &mut stop => return,
    };
    // A failed handshake is the client's affair: scanners and health checks do nothing else.
    if let Ok(Ok(mut stream)) = shaken {
        stream.get_mut().0.opened();
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            state.multiplexed.set();
        }
        drive(&shared, limits, stream, &state, address, stop).await;
    }
}

/// What a connection's task wakes up for.
enum Wake {
    Ended,
    Stop,
    /// The connection has carried its last request.
    Retired,
    Tick,
}

/// Speaks HTTP on a stream until it ends or is stuck.
pub(super) async fn drive<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    shared: &Shared,
    limits: Limits,
    stream: S,
    state: &Arc<ConnectionState>,
    address: IpAddr,
    mut stop: impl Future + Unpin,
) {
    let edge = Arc::clone(&shared.edge);
    let note = Box::new(move |answer: &Rewritten| unparsable::note(&edge, address, answer));
    let members = members_of(&shared.edge, address);
    let socket = Socket::new(stream, Arc::clone(state), Arc::clone(&shared.edge), members.clone(), note);
    let service = ConnectionService {
        router: shared.router.clone(),
        edge: Arc::clone(&shared.edge),
        state: Arc::clone(state),
        address,
        members,
        requests_max: limits.requests_per_socket_max,
        answer_timeout: limits.answer_timeout,
    };
    let mut connection = pin!(shared.builder.serve_connection(TokioIo::new(socket), service));
    let mut ticks = every(limits.tick);
    let mut warden = Warden::new(limits, Instant::now());
    let (mut ending, mut stopping) = (false, false);
    loop {
        let wake = poll_fn(|context| {
            if connection.as_mut().poll(context).is_ready() {
                return Poll::Ready(Wake::Ended);
            }
            if !stopping && Pin::new(&mut stop).poll(context).is_ready() {
                return Poll::Ready(Wake::Stop);
            }
            if !ending && state.retired.is_set() {
                return Poll::Ready(Wake::Retired);
            }
            ticks.poll_tick(context).map(|_at| Wake::Tick)
        })
        .await;
        match wake {
            Wake::Ended => return,
            Wake::Stop | Wake::Retired => {
                ticks = every(LAST_TICK.min(limits.tick));
                warden.hasten_end(Instant::now());
                if matches!(wake, Wake::Stop) {
                    stopping = true;
                    if state.endless.is_set() {
                        warden.hasten_answer(Instant::now());
                    }
                }
                if !ending {
                    ending = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
            Wake::Tick => match warden.look(state.sight(), Instant::now()) {
                Verdict::Keep => {}
                Verdict::Idle if !ending => {
                    ending = true;
                    connection.as_mut().graceful_shutdown();
                }
                Verdict::Idle | Verdict::Stuck => return,
            },
        }
    }
}

/// Returns whom a connection counts for: behind a proxy and on the admin socket there are many, and nobody in particular.
fn members_of(edge: &Edge, address: IpAddr) -> Members {
    if address == Origin::LOCAL.address || edge.options().trusts(address) {
        Members::default()
    } else {
        Members::client(Client::of(address))
    }
}

fn every(tick: Duration) -> Interval {
    let mut ticks = interval(tick);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
