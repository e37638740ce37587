//! The router behind one connection: it tells the requests where they come from, counts them, and ends the connection
//! after its last one.

use super::state::ConnectionState;
use crate::http::call::Endless;
use crate::http::request::peer::{Peer, Polled};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Version};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::service::Service;
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// What hyper calls for every request of a connection.
pub(super) struct ConnectionService {
    pub(super) router: Router,
    pub(super) state: Arc<ConnectionState>,
    pub(super) address: IpAddr,
    /// 0: any number.
    pub(super) requests_max: u32,
}

type RouterFuture = <Router as tower::Service<Request<Incoming>>>::Future;

impl Service<Request<Incoming>> for ConnectionService {
    type Response = http::Response<Tracked>;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, mut request: Request<Incoming>) -> Answering {
        let work = Work { state: Arc::clone(&self.state), number: self.state.request_began() };
        let multiplexed = request.version() == Version::HTTP_2;
        if multiplexed {
            self.state.multiplexed.set();
        }
        let last = self.requests_max != 0 && work.number >= self.requests_max;
        if last {
            self.state.retired.set();
        }
        let polled = if multiplexed { Polled::ByTimer } else { Polled::ByConnection };
        request.extensions_mut().insert(Peer { address: self.address, polled });
        let future = tower::Service::call(&mut self.router.clone(), request);
        Answering { future, work: Some(work), close: last && !multiplexed }
    }
}

/// A request being answered; counted until the answer's body is gone.
struct Work {
    state: Arc<ConnectionState>,
    number: u32,
}

impl Drop for Work {
    fn drop(&mut self) {
        self.state.request_ended();
    }
}

/// The router's future.
pub(super) struct Answering {
    future: RouterFuture,
    work: Option<Work>,
    close: bool,
}

impl Future for Answering {
    type Output = Result<http::Response<Tracked>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let Ok(mut response): Result<Response, Infallible> = ready!(Pin::new(&mut this.future).poll(context));
        if this.close {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let work = this.work.take();
        if let (Some(Endless), Some(work)) = (response.extensions().get(), &work) {
            work.state.endless.set();
        }
        Poll::Ready(Ok(response.map(|body| Tracked { body, _work: work })))
    }
}

/// An answer's body, with which its request ends.
pub(super) struct Tracked {
    body: Body,
    _work: Option<Work>,
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
