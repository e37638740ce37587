//! The router behind one connection: it tells the requests where they come from, counts them, and ends the connection
//! after its last one. It gives answers out piece by piece, because the connection copies what it is given, and counts
//! what waits.

use super::state::ConnectionState;
use super::streams;
use super::work::{self, Work};
use crate::http::call::Endless;
use crate::http::edge::Edge;
use crate::http::request::peer::{Peer, Polled};
use crate::http::shares::{Asked, Members, Share, waits};
use crate::telemetry::metrics::LimitScope;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use h2::Reason;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Version};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::service::Service;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Most bytes given to the connection at once.
const PIECE_LEN: usize = 32 * 1024;

/// What hyper calls for every request of a connection.
pub(super) struct ConnectionService {
    pub(super) router: Router,
    pub(super) edge: Arc<Edge>,
    pub(super) state: Arc<ConnectionState>,
    pub(super) address: IpAddr,
    /// Whom open streams count for.
    pub(super) members: Members,
    /// 0: any number.
    pub(super) requests_max: u32,
    /// Longest time in which the client takes nothing of an answer.
    pub(super) answer_timeout: Duration,
}

type RouterFuture = <Router as tower::Service<Request<Incoming>>>::Future;

impl Service<Request<Incoming>> for ConnectionService {
    type Response = http::Response<Tracked>;
    type Error = h2::Error;
    type Future = Answering;

    fn call(&self, mut request: Request<Incoming>) -> Answering {
        let multiplexed = request.version() == Version::HTTP_2;
        let stream = multiplexed.then(|| self.edge.open_streams.take(&self.members, 1));
        if matches!(stream, Some(None)) {
            self.edge.metrics.http.limited(LimitScope::OpenStreams);
            return Answering(None);
        }
        let work = Work::begin(&self.state, stream.flatten());
        if multiplexed {
            self.state.multiplexed.set();
        }
        let last = self.requests_max != 0 && work.number >= self.requests_max;
        if last {
            self.state.retired.set();
        }
        let polled = if multiplexed { Polled::ByTimer } else { Polled::ByConnection };
        request.extensions_mut().insert(Peer { address: self.address, polled });
        Answering(Some(Routed {
            future: tower::Service::call(&mut self.router.clone(), request),
            edge: Arc::clone(&self.edge),
            work: Some(work),
            multiplexed,
            close: last && !multiplexed,
            answer_timeout: self.answer_timeout,
        }))
    }
}

/// A request on its way through the router; none: too many streams are open.
pub(super) struct Answering(Option<Routed>);

struct Routed {
    future: RouterFuture,
    edge: Arc<Edge>,
    work: Option<Arc<Work>>,
    multiplexed: bool,
    close: bool,
    answer_timeout: Duration,
}

impl Future for Answering {
    type Output = Result<http::Response<Tracked>, h2::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            Some(routed) => routed.poll(context),
            // The client knows that nothing was done and may ask again.
            None => Poll::Ready(Err(Reason::REFUSED_STREAM.into())),
        }
    }
}

impl Routed {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<http::Response<Tracked>, h2::Error>> {
        let Ok(mut response): Result<Response, std::convert::Infallible> =
            ready!(Pin::new(&mut self.future).poll(context));
        if self.close {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let work = self.work.take().expect("an answer comes once");
        let asked = response.extensions_mut().remove::<Asked>();
        if asked.as_ref().is_some_and(|asked| asked.proven) {
            work.state.proven.set();
        }
        if response.extensions().get::<Endless>().is_some() {
            work.state.endless.set();
        }
        let members = asked.map(|asked| asked.members).unwrap_or_default();
        let length = response.body().size_hint().exact();
        if let Some(length) = length.filter(|length| *length > 0 && waits(self.multiplexed, *length)) {
            let len = usize::try_from(length).unwrap_or(usize::MAX);
            let share = match count(&self.edge, &members, len) {
                Ok(share) => share,
                Err(refused) => return Poll::Ready(Err(refused)),
            };
            let _ = work.memory.set(share);
        }
        let counted = (length.is_none() && self.multiplexed).then(|| (Arc::clone(&self.edge), members));
        streams::answered(&work, self.answer_timeout);
        let multiplexed = self.multiplexed;
        let track = |body| Tracked { body, rest: Bytes::new(), work, multiplexed, counted };
        Poll::Ready(Ok(response.map(track)))
    }
}

/// An answer's body, with which its request ends.
pub(super) struct Tracked {
    body: Body,
    /// What is left of a frame that was larger than a piece.
    rest: Bytes,
    work: Arc<Work>,
    multiplexed: bool,
    /// For whom pieces are counted, where the whole could not be.
    counted: Option<(Arc<Edge>, Members)>,
}

impl Tracked {
    /// Counts a piece where its answer is counted piece by piece; without room the stream is reset.
    fn count(&self, len: usize) -> Result<Option<Share>, h2::Error> {
        self.counted.as_ref().map(|(edge, members)| count(edge, members, len)).transpose()
    }
}

/// Counts bytes that wait to be taken.
fn count(edge: &Edge, members: &Members, len: usize) -> Result<Share, h2::Error> {
    edge.untaken.take(members, len).ok_or_else(|| {
        edge.metrics.http.limited(LimitScope::UntakenAnswers);
        Reason::ENHANCE_YOUR_CALM.into()
    })
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                ended => return Poll::Ready(ended),
            }
        }
        let piece = this.rest.split_to(PIECE_LEN.min(this.rest.len()));
        if !this.multiplexed {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        let counted = this.count(piece.len()).map_err(axum::Error::new);
        Poll::Ready(Some(counted.map(|memory| Frame::data(work::watched(piece, &this.work, memory)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, hint) = (self.rest.len() as u64, self.body.size_hint());
        let mut whole = SizeHint::new();
        whole.set_lower(hint.lower().saturating_add(rest));
        if let Some(upper) = hint.upper() {
            whole.set_upper(upper.saturating_add(rest));
        }
        whole
    }
}
