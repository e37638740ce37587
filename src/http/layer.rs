//! What happens around every handler, in one future: request id, limits of the head, stage, places, who calls, time
//! limit, panics, and behind it the head's common fields, metrics and the access log.

use crate::domain::client::Client;
use crate::domain::scope::Scope;
use crate::domain::tenant::Tenant;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::edge::{Edge, Stage};
use crate::http::gate::{self, Gate, Judged};
use crate::http::idempotency;
use crate::http::methods::Methods;
use crate::http::options::shown;
use crate::http::panics::{Panicked, caught};
use crate::http::places::Class;
use crate::http::problem::{Hint, Problem};
use crate::http::request::header::{self, X_REQUEST_ID, X_TENANT_ID};
use crate::http::request::media::wants_page;
use crate::http::request::origin::{Origin, Way};
use crate::http::request::patience::{TimedOut, within};
use crate::http::request::peer::Peer;
use crate::http::request::request_id::RequestId;
use crate::http::request::{body, credential};
use crate::http::route::{Admission, Pages, Route, Routes, Told, When, Who};
use crate::http::shares::{Asked, Members, Share};
use crate::http::{cors, heads, places, request_line, shares};
use crate::services::access::{Access, Caller, Reach};
use crate::services::operators::SignedIn;
use crate::telemetry::access::RequestLine;
use crate::telemetry::metrics::{LimitScope, RouteMeter};
use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, Method, Request, Version};
use hyper::body::Body as _;
use std::convert::Infallible;
use std::fmt::Display;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;

/// Seconds after which a crowd may have thinned.
const CROWD_RETRY_SECONDS: u32 = 1;

/// How requests come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// By a network.
    Network,
    /// By the admin socket or within the process: whoever sends them has access to the machine.
    Local,
}

/// The service behind one pattern. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct PatternService(Arc<Pattern>);

/// One pattern and what its methods lead to.
#[derive(Debug)]
struct Pattern {
    edge: Arc<Edge>,
    entrance: Entrance,
    text: &'static str,
    /// One for every method, resolved once, so that no request searches for its meter.
    doors: Vec<Door>,
    /// What takes methods without a door; none: they are refused with 405.
    any: Option<&'static Route>,
    pages: Pages,
    /// The methods that have doors, as `Allow` shows them.
    allow: Methods,
}

#[derive(Debug)]
struct Door {
    method: Method,
    route: &'static Route,
    meter: Arc<RouteMeter>,
}

/// What the layer learns about a request.
struct Learned<'a> {
    gate: Gate<'a>,
    reach: Option<Reach>,
    signed_in: Option<SignedIn>,
    /// The tenant a handler found without a token.
    tenant: OnceLock<Arc<Tenant>>,
    members: OnceLock<Members>,
}

impl Learned<'_> {
    /// Returns whom the request's shares count for, as far as it is known who calls when this is first asked.
    fn members(&self) -> &Members {
        self.members.get_or_init(|| {
            let origin = &self.gate.origin;
            let stranger = (!origin.is_local()).then(|| Client::of(origin.address));
            Members::of(self.reach.as_ref(), self.signed_in.as_ref(), stranger)
        })
    }

    fn asked(&self) -> Asked {
        Asked { members: self.members().clone(), proven: self.reach.is_some() || self.gate.is_proven() }
    }

    fn tenant(&self) -> Option<&Arc<Tenant>> {
        self.reach.as_ref().map(|reach| &reach.tenant).or(self.tenant.get())
    }
}

impl PatternService {
    /// Makes the service of a pattern from its routes, or from the one that takes every method.
    pub(crate) fn new(
        edge: &Arc<Edge>,
        entrance: Entrance,
        all: &Routes,
        text: &'static str,
        routes: &[&'static Route],
        any: Option<&'static Route>,
    ) -> Self {
        let mut doors = Vec::new();
        for route in routes {
            let heads = (route.method == Method::GET).then_some(Method::HEAD);
            for method in std::iter::once(route.method.clone()).chain(heads) {
                let meter = edge.metrics.http.route(method.as_str(), text);
                doors.push(Door { method, route, meter });
            }
        }
        let allow = doors.iter().map(|door| &door.method).collect();
        let (edge, pages) = (Arc::clone(edge), all.pages);
        Self(Arc::new(Pattern { edge, entrance, text, doors, any, pages, allow }))
    }
}

impl tower::Service<Request<Body>> for PatternService {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let pattern = Arc::clone(&self.0);
        Box::pin(async move { Ok(pattern.serve(request).await) })
    }
}

impl Pattern {
    async fn serve(&self, request: Request<Body>) -> Response {
        let began = Instant::now();
        let (parts, mut body) = request.into_parts();
        let id = RequestId::of(&parts.headers, &*self.edge.entropy);
        let peer = parts.extensions.get::<Peer>().copied().unwrap_or(Peer::UNKNOWN);
        let door = self.doors.iter().find(|door| door.method == parts.method);
        let (options, services) = (self.edge.options(), self.edge.services());
        let services = services.as_deref();
        let origin = match self.entrance {
            Entrance::Network => Origin::of(peer.address, &parts.headers, &options),
            Entrance::Local => Origin::LOCAL,
        };
        if origin.way == Way::Unknown {
            gate::note_forwarder(&self.edge, services, peer.address);
        }
        let route = door.map(|door| door.route).or(self.any);
        let asks = route.is_none_or(|route| route.who != Who::InTheClear);
        let preflight = cors::preflight(&parts, &options).filter(|_| asks);
        let judged = route.map_or(Judged::Fully, |route| route.judged);
        let gate = Gate::new(&self.edge, services, &options, origin, judged);
        let (tenant, members) = (OnceLock::new(), OnceLock::new());
        let mut learned = Learned { gate, reach: None, signed_in: None, tenant, members };
        let answered = match (preflight, route) {
            (Some(answer), _) => enter(&parts, &learned.gate).map(|()| answer),
            (None, Some(route)) => {
                self.answer(route, (&parts, &id), &mut body, peer, began, &mut learned).await
            }
            (None, None) => self.refuse_method(&parts, &learned.gate),
        };
        let answered = learned.gate.settle(answered);
        let blocked = learned.gate.refused() == Some(LimitScope::BlockedAddress);
        if answered.is_err() && !blocked && parts.version == Version::HTTP_2 {
            body::discard(&mut body).await;
        }
        let is_page = route.is_some_and(|route| match route.told {
            Told::Json => false,
            Told::Page => true,
            Told::Preferred => wants_page(&parts.headers),
        });
        let mut response = answered.unwrap_or_else(|problem| {
            if is_page {
                (self.pages.show_problem)(problem, id.as_str())
            } else {
                problem.into_response(id.as_str())
            }
        });
        heads::complete(&mut response, &parts, &self.edge, &options);
        learned.gate.describe(response.headers_mut());
        self.note(door, &id, &parts, began, response.status().as_u16(), &learned);
        response.headers_mut().insert(&X_REQUEST_ID, id.into_value());
        let length = response.body().size_hint().exact().unwrap_or(u64::MAX);
        if shares::waits(parts.version == Version::HTTP_2, length) {
            response.extensions_mut().insert(learned.asked());
        }
        response
    }

    fn refuse_method(&self, parts: &Parts, gate: &Gate<'_>) -> Result<Response, Problem> {
        enter(parts, gate)?;
        Self::count_stranger(&parts.headers, gate)?;
        let detail = format!("this path does not take that method; hint: it takes {}", self.allow.text());
        let problem = Problem::new(Code::MethodNotAllowed, detail);
        Err(problem.with_hint(Hint::Allow(self.allow)))
    }

    async fn answer(
        &self,
        route: &Route,
        (parts, id): (&Parts, &RequestId),
        body: &mut Body,
        peer: Peer,
        began: Instant,
        learned: &mut Learned<'_>,
    ) -> Result<Response, Problem> {
        enter(parts, &learned.gate)?;
        heads::check(parts)?;
        let options = learned.gate.options;
        admit(route.when, &learned.gate)?;
        if let Who::Operator(permission) = route.who {
            let services = learned.gate.services.ok_or_else(call::starting)?;
            match (self.pages.admit)(services, parts, permission)? {
                Admission::Admitted(signed_in) => learned.signed_in = Some(signed_in),
                Admission::Away(response) => {
                    learned.gate.charge()?;
                    return Ok(response);
                }
            }
            learned.gate.prove();
        }
        learned.reach = Self::identify(route, &parts.headers, &learned.gate)?;
        // Who runs the appliance is never kept from its settings by a tenant that is over its limit.
        if let Some(reach) = learned.reach.as_ref().filter(|_| route.who != Who::Token(Scope::Admin)) {
            learned.gate.charge_sender(reach)?;
        }
        let place = self.place(route, learned)?;
        let call = Call {
            edge: &self.edge,
            services: learned.gate.services,
            options,
            parts,
            pattern: route.pattern,
            body: Mutex::new(Some(body)),
            id,
            peer,
            gate: &learned.gate,
            reach: learned.reach.as_ref(),
            signed_in: learned.signed_in.as_ref(),
            members: learned.members(),
            once: OnceLock::new(),
            began,
            noted: &learned.tenant,
        };
        // Receiving a body has the same limit for itself.
        let limit = options.request_timeout * 2;
        match within(limit, peer.polled, caught(idempotency::answer(route, &call))).await {
            Ok(Ok(answered)) => answered.map(|response| places::keep(response, place)),
            Ok(Err(Panicked)) => Err(Problem::internal()),
            Err(TimedOut) => Err(Problem::new(
                Code::AnswerTimeout,
                "the answer took too long; hint: send it again with the same key",
            )
            .with_hint(Hint::RetryAfter(CROWD_RETRY_SECONDS))),
        }
    }

    /// Takes a place for a request that may have to wait. The socket bounds its connections, and takes nothing from those
    /// who come by a network.
    fn place(&self, route: &Route, learned: &Learned<'_>) -> Result<Option<Share>, Problem> {
        if route.when != When::Serving || learned.gate.origin.is_local() {
            return Ok(None);
        }
        let class = match (&learned.reach, route.who, route.told) {
            (Some(_), ..) => Class::Sender,
            (None, Who::Operator(_), _) => Class::Session,
            (None, Who::Anyone, Told::Page) => Class::SignIn,
            (None, ..) => Class::Stranger,
        };
        let place = self.edge.places.take(class, learned.members());
        place.map(Some).ok_or_else(|| {
            self.edge.metrics.http.limited(class.scope());
            self.edge.metrics.summary().note_crowd(Instant::now());
            let detail = "too many requests at once; hint: send it again with the same key in a second";
            Problem::new(Code::TooBusy, detail).with_hint(Hint::RetryAfter(CROWD_RETRY_SECONDS))
        })
    }

    fn identify(route: &Route, headers: &HeaderMap, gate: &Gate<'_>) -> Result<Option<Reach>, Problem> {
        match route.who {
            Who::Anyone if gate.judged != Judged::Fully => Ok(None),
            Who::InTheClear => gate.charge().map(|()| None),
            Who::Anyone => Self::count_stranger(headers, gate).map(|()| None),
            // A session was looked at before.
            Who::Signature | Who::Operator(_) => Ok(None),
            Who::SignatureOrToken(_)
                if !gate.origin.is_local() && credential::presented(headers)?.is_none() =>
            {
                Ok(None)
            }
            Who::Operations(_) if gate.origin.may_operate(gate.options) => Ok(None),
            Who::Operations(scope) => {
                let (access, caller) = Self::caller(headers, gate)?;
                Ok(Some(access.operate(&caller, scope)?))
            }
            Who::Token(scope) | Who::SignatureOrToken(scope) if gate.origin.is_local() => {
                let access = &gate.services.ok_or_else(call::starting)?.access;
                Ok(Some(access.reach_from_command_line(header::text(headers, &X_TENANT_ID)?, scope)?))
            }
            Who::Token(scope) | Who::SignatureOrToken(scope) => {
                let (access, caller) = Self::caller(headers, gate)?;
                let tenant = header::text(headers, &X_TENANT_ID)?;
                Ok(Some(access.reach(&caller, tenant, scope)?))
            }
        }
    }

    /// Counts a request to what is open to anyone, unless a token proves who sent it.
    fn count_stranger(headers: &HeaderMap, gate: &Gate<'_>) -> Result<(), Problem> {
        Self::caller(headers, gate).map(drop).or_else(|_unknown| gate.charge())
    }

    fn caller<'a>(headers: &HeaderMap, gate: &Gate<'a>) -> Result<(&'a Access, Caller), Problem> {
        let access = &gate.services.ok_or_else(call::starting)?.access;
        let presented = credential::presented(headers)?.ok_or_else(credential::missing)?;
        let caller = access.authenticate(presented);
        gate.note_token(&caller);
        Ok((access, caller?))
    }

    fn note(
        &self,
        door: Option<&Door>,
        id: &RequestId,
        parts: &Parts,
        began: Instant,
        status: u16,
        learned: &Learned<'_>,
    ) {
        let (latency, tenant, origin) = (began.elapsed(), learned.tenant(), &learned.gate.origin);
        let method = door.map_or_else(|| request_line::method(&parts.method), |door| door.method.as_str());
        // Series and usage are of those who come by a network.
        if !origin.is_local() {
            let metrics = &self.edge.metrics;
            match door {
                Some(door) => door.meter.observe(status, latency),
                None => metrics.http.route(parts.method.as_str(), self.text).observe(status, latency),
            }
            metrics.summary().record(began + latency, status, latency, tenant.map(Arc::as_ref));
            if let Some((tenant, services)) = tenant.zip(learned.gate.services) {
                services.usage.took(tenant.number, latency);
            }
        }
        let client = shown(learned.gate.options.client_address, origin.address);
        let client = client.filter(|_| !origin.is_local());
        let line = RequestLine {
            rid: id.as_str(),
            tenant: tenant.map(|tenant| tenant.slug.as_str()),
            method,
            version: request_line::version(parts.version),
            path: self.text,
            status,
            latency,
            client: client.as_ref().map(|address| address as &dyn Display),
            limited: learned.gate.refused().map(LimitScope::as_str),
            headers: &request_line::Headers(&parts.headers),
        };
        self.edge.access_log.record(self.edge.clock.now(), &line);
    }
}

/// Lets a request in that is not kept out and says to whom it is sent.
fn enter(parts: &Parts, gate: &Gate<'_>) -> Result<(), Problem> {
    gate.enter()?;
    heads::check_transfer(parts)?;
    heads::check_host(parts)
}

/// Refuses what is not answered while the appliance starts or stops.
fn admit(when: When, gate: &Gate<'_>) -> Result<(), Problem> {
    match (Stage::of(gate.services), when) {
        (_, When::Always) => Ok(()),
        (Stage::Starting, _) => Err(call::starting()),
        (Stage::Draining, When::Serving | When::Streaming) => Err(call::draining()),
        _ => Ok(()),
    }
}
