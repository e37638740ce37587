//! One request on its way to a handler.

use crate::domain::request::IdempotentRequest;
use crate::domain::tenant::Tenant;
use crate::http::answer_memory::AnswerMemory;
use crate::http::code::Code;
use crate::http::edge::{Edge, Services, Stage};
use crate::http::gate::Gate;
use crate::http::options::EdgeOptions;
use crate::http::problem::{Hint, Problem};
use crate::http::request::body::BodyLimits;
use crate::http::request::peer::Peer;
use crate::http::request::request_id::RequestId;
use crate::http::shares::{Members, Share};
use crate::platform::locks::lock;
use crate::services::access::Reach;
use crate::services::audit::Actor;
use crate::services::operators::SignedIn;
use crate::services::request::Request;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

/// Seconds after which a starting or stopping appliance may be there again.
const STAGE_RETRY_SECONDS: u32 = 2;

/// Where the routes of management are.
pub(crate) const MANAGEMENT: &str = "/api/v1/";

/// Seconds after which some reader of a stream may have left.
const STREAM_RETRY_SECONDS: u32 = 5;

/// What a handler gets.
pub(crate) struct Call<'a> {
    pub edge: &'a Edge,
    /// The services as they were when the request came; none while they are not there.
    pub services: Option<&'a Services>,
    /// The options as they were when the request came.
    pub options: &'a EdgeOptions,
    pub parts: &'a Parts,
    pub pattern: &'static str,
    /// The request's body, until the handler takes it; the lock only lets the call be shared between threads.
    pub body: Mutex<Option<&'a mut Body>>,
    pub id: &'a RequestId,
    pub peer: Peer,
    /// From whom it comes, before the limits.
    pub gate: &'a Gate<'a>,
    /// Who calls, on routes that ask for a token.
    pub reach: Option<&'a Reach>,
    /// Which operator asks, on routes that ask for one.
    pub signed_in: Option<&'a SignedIn>,
    /// Whom the request's shares of places and memory count for.
    pub members: &'a Members,
    /// Under what a repeat of the request is known, once that is found out.
    pub once: OnceLock<IdempotentRequest>,
    pub began: Instant,
    /// Where a handler leaves the tenant it found, for the request's log line.
    pub noted: &'a OnceLock<Arc<Tenant>>,
}

impl<'a> Call<'a> {
    /// Returns the services; while they are not there the request is refused.
    pub(crate) fn services(&self) -> Result<&'a Services, Problem> {
        self.services.ok_or_else(starting)
    }

    /// Tells how far the appliance was when the request came.
    pub(crate) fn stage(&self) -> Stage {
        Stage::of(self.services)
    }

    pub(crate) fn reach(&self) -> &'a Reach {
        self.reach.expect("the route table asks for a token here")
    }

    pub(crate) fn signed_in(&self) -> &'a SignedIn {
        self.signed_in.expect("the route table asks for an operator here")
    }

    /// Returns who changes something, for the ledger.
    pub(crate) fn actor(&self) -> Actor {
        match self.signed_in {
            Some(signed_in) => Actor::Operator(signed_in.operator.name.clone()),
            None => self.reach().holder.actor(),
        }
    }

    /// Returns the segment of the path that a parameter of the route's pattern stands for, as it was sent.
    pub(crate) fn param(&self, name: &str) -> &'a str {
        part_for(self.pattern, self.parts.uri.path(), name).expect("a handler names parameters of its route")
    }

    /// Returns the request's query as it was sent.
    pub(crate) fn query(&self) -> Option<&'a str> {
        self.parts.uri.query()
    }

    /// Returns the request for a change: who asks, and under what its repeat is known.
    pub(crate) fn request(&self) -> Request {
        Request { actor: self.actor(), once: self.once.get().copied() }
    }

    /// Names the sender of the request among those whose idempotency keys are apart.
    pub(crate) fn sender(&self) -> String {
        match self.signed_in {
            Some(signed_in) => format!("operator {}", signed_in.operator.name),
            None => format!("tenant {}", self.reach().tenant.number.0),
        }
    }

    /// Takes the request's body; a handler does so once.
    pub(crate) fn body(&self) -> &'a mut Body {
        let body = lock(&self.body).take();
        body.expect("a handler takes the body once")
    }

    /// Notes whose request it is where no token says so; the first tenant noted stays.
    pub(crate) fn note_tenant(&self, tenant: &Arc<Tenant>) {
        let _ = self.noted.set(Arc::clone(tenant));
    }

    pub(crate) fn enter_stream(&self) -> Result<Share, Problem> {
        let local = self.gate.origin.is_local();
        let places = if local { &self.edge.local_streams } else { &self.edge.streams };
        places.take(self.members, 1).ok_or_else(|| {
            let detail = "as many event streams are open as there may be; hint: come again later, or raise limits.streams_max";
            Problem::new(Code::TooManyStreams, detail).with_hint(Hint::RetryAfter(STREAM_RETRY_SECONDS))
        })
    }

    /// Tells whether nothing in the request's head proves who sent it.
    fn is_of_stranger(&self) -> bool {
        self.reach.is_none() && self.signed_in.is_none() && !self.gate.origin.is_local()
    }

    /// Returns the memory for answers, of which the request gets its sender's share.
    pub(crate) fn answers(&self) -> AnswerMemory {
        AnswerMemory::new(&self.edge.answers, self.members)
    }

    /// The same for pages that a stream reads out of the ledger.
    pub(crate) fn stream_pages(&self) -> AnswerMemory {
        AnswerMemory::new(&self.edge.stream_pages, self.members)
    }

    pub(crate) fn body_limits(&self) -> BodyLimits<'a> {
        BodyLimits {
            bytes_max: self.options.body_bytes_max,
            timeout: self.options.request_timeout,
            paced: self.is_of_stranger(),
            polled: self.peer.polled,
            // Strangers never take the memory that those who proved who they are need.
            memory: if self.is_of_stranger() { &self.edge.stranger_bodies } else { &self.edge.bodies },
            members: self.members,
            way_out: "send less, or raise limits.body_bytes_max",
        }
    }
}

/// Returns the segment of a path that stands where a pattern has the parameter.
fn part_for<'p>(pattern: &str, path: &'p str, name: &str) -> Option<&'p str> {
    let names = |part: &str| part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) == Some(name);
    let at = pattern.split('/').position(names)?;
    path.split('/').nth(at)
}

/// Marks an answer's head: its body goes on until somebody ends it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Endless;

/// The problem of a request before the store is open.
pub(crate) fn starting() -> Problem {
    let detail = "the appliance is starting; hint: try again in a moment";
    Problem::new(Code::Starting, detail).with_hint(Hint::RetryAfter(STAGE_RETRY_SECONDS))
}

/// The problem of new work while the appliance stops.
pub(crate) fn draining() -> Problem {
    let detail = "the appliance is stopping; hint: try again in a moment";
    Problem::new(Code::Draining, detail).with_hint(Hint::RetryAfter(STAGE_RETRY_SECONDS))
}

pub(crate) fn answer(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Returns an answer without a body: it is done, or was done before.
pub(crate) fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

pub(crate) fn json(status: StatusCode, body: &impl serde::Serialize) -> Response {
    answer(status, "application/json", to_json(body))
}

pub(crate) fn to_json(body: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("wire types have a JSON form")
}

/// Returns an answer that no cache keeps, because it belongs to one caller or one moment.
pub(crate) fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns an answer that shows something as it is now.
pub(crate) fn shown(body: &impl serde::Serialize) -> Response {
    uncached(json(StatusCode::OK, body))
}

/// Returns an answer that shows what was made just now, with its place among what is managed, such as `tenants/acme`.
pub(crate) fn created(body: &impl serde::Serialize, place: &str) -> Response {
    located(json(StatusCode::CREATED, body), place)
}

/// Returns an answer that shows what was changed just now, with its place.
pub(crate) fn changed(body: &impl serde::Serialize, place: &str) -> Response {
    located(json(StatusCode::OK, body), place)
}

/// Names the place of the thing that an answer is about.
pub(crate) fn located(response: Response, place: &str) -> Response {
    let mut response = uncached(response);
    // Places are made of slugs, ids and networks.
    let address = HeaderValue::from_str(&format!("{MANAGEMENT}{place}")).expect("a place is plain text");
    response.headers_mut().insert(LOCATION, address);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_the_segment_at_its_place() {
        let pattern = "/a/{tenant}/b/{name}/c";
        assert_eq!(part_for(pattern, "/a/x%20y/b/z/c", "tenant"), Some("x%20y"));
        assert_eq!(part_for(pattern, "/a/x/b/z/c", "name"), Some("z"));
        assert_eq!(part_for(pattern, "/a/x/b/z/c", "other"), None);
    }
}
