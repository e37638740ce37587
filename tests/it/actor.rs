//! Who asks, and how.

use crate::answer::{Answer, BodyKind};
use crate::documented;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::BodyExt;
use mainstay::http::request::peer::{Peer, Polled};
use std::net::IpAddr;
use tower::ServiceExt;

/// An address in no network that may operate.
const ELSEWHERE: &str = "192.0.2.10";

/// What requests are sent to unless they say otherwise.
const HOST: &str = "mainstay.example";

/// Somebody who sends requests. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    router: Router,
    token: Option<String>,
    session: Option<String>,
    tenant: Option<String>,
    peer: IpAddr,
    listener: Listener,
}

/// On which listener somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listener {
    /// HTTPS, of which the OpenAPI document tells.
    Https,
    /// One of the plain ones.
    Plain,
}

impl Actor {
    /// Somebody without a credential.
    pub(crate) fn anonymous(router: Router) -> Self {
        Self {
            router,
            token: None,
            session: None,
            tenant: None,
            peer: ELSEWHERE.parse().unwrap(),
            listener: Listener::Https,
        }
    }

    /// The same with a token's text, whatever it is.
    pub(crate) fn with_token(&self, text: &str) -> Self {
        Self { token: Some(text.to_owned()), ..self.clone() }
    }

    /// The same with the cookie of an operator's session.
    pub(crate) fn with_session(&self, text: &str) -> Self {
        Self { session: Some(text.to_owned()), ..self.clone() }
    }

    /// The same, naming a tenant.
    pub(crate) fn in_tenant(&self, slug: &str) -> Self {
        Self { tenant: Some(slug.to_owned()), ..self.clone() }
    }

    /// The same at another address.
    pub(crate) fn at(&self, address: &str) -> Self {
        Self { peer: address.parse().unwrap(), ..self.clone() }
    }

    /// The same before another router.
    pub(crate) fn before(&self, router: Router) -> Self {
        Self { router, ..self.clone() }
    }

    /// The same on a plain listener.
    pub(crate) fn on_plain(&self, router: Router) -> Self {
        Self { router, listener: Listener::Plain, ..self.clone() }
    }

    /// Returns what it asks.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Returns the token's text.
    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().unwrap()
    }

    /// Begins a request.
    pub(crate) fn ask(&self, method: Method, path: &str) -> Ask {
        let mut ask = Ask {
            actor: self.clone(),
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Body::empty(),
        };
        if let Some(token) = &self.token {
            ask = ask.header("authorization", format!("Bearer {token}"));
        }
        if let Some(session) = &self.session {
            ask = ask.header("cookie", format!("__Host-mainstay={session}"));
        }
        if let Some(tenant) = &self.tenant {
            ask = ask.header("x-tenant-id", tenant);
        }
        ask
    }

    /// Gets a path.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).send().await
    }

    /// Begins to post a JSON event.
    pub(crate) fn post(&self, json: impl Into<Body>) -> Ask {
        self.post_to("/v1/events", json)
    }

    /// Begins to post JSON to a path.
    pub(crate) fn post_to(&self, path: &str, json: impl Into<Body>) -> Ask {
        self.ask(Method::POST, path).header("content-type", "application/json").body(json)
    }

    /// Begins to post bytes of any media type.
    pub(crate) fn post_as(&self, content_type: &str, bytes: impl Into<Body>) -> Ask {
        self.ask(Method::POST, "/v1/events").header("content-type", content_type).body(bytes)
    }

    /// Begins to send a form.
    pub(crate) fn submit(&self, path: &str, fields: impl Into<Body>) -> Ask {
        self.ask(Method::POST, path).header("content-type", "application/x-www-form-urlencoded").body(fields)
    }

    /// Posts a JSON event under a key.
    pub(crate) async fn send(&self, key: &str, json: &str) -> Answer {
        self.post(json.to_owned()).key(key).send().await
    }
}

/// A request being made.
#[derive(Debug)]
pub(crate) struct Ask {
    actor: Actor,
    method: Method,
    path: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Body,
}

impl Ask {
    /// Adds a header; one of the same name stays.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers.push((name, HeaderValue::from_bytes(value.as_ref()).unwrap()));
        self
    }

    /// Sets a header in place of those of the name.
    pub(crate) fn replacing(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.retain(|(known, _)| known.as_str() != name);
        self.header(name, value)
    }

    /// Sets the key, bare.
    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Sets the body.
    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the request and reads the whole answer.
    pub(crate) async fn send(self) -> Answer {
        let kind = if self.method == Method::HEAD { BodyKind::None } else { BodyKind::Usual };
        self.send_expecting(kind).await
    }

    /// Sends a health question: its answer is a report of its own also when it is no success.
    pub(crate) async fn ask_health(self) -> Answer {
        let kind = if self.path.contains("ready") || self.path == "/startupz" {
            BodyKind::Report
        } else {
            BodyKind::Usual
        };
        self.send_expecting(kind).await
    }

    /// Sends a question whose answer is a report, whatever the status.
    pub(crate) async fn send_report(self) -> Answer {
        self.send_expecting(BodyKind::Report).await
    }

    /// Sends the request and returns the status and the body as it comes.
    pub(crate) async fn open(self) -> (u16, Body) {
        let (_token, response) = self.into_response().await;
        let (parts, body) = response.into_parts();
        (parts.status.as_u16(), body)
    }

    async fn into_response(self) -> (Option<String>, Response<Body>) {
        let mut request = Request::builder().method(self.method).uri(self.path);
        if self.headers.iter().all(|(name, _)| name != http::header::HOST) {
            request = request.header(http::header::HOST, HOST);
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(self.body).unwrap();
        request.extensions_mut().insert(Peer { address: self.actor.peer, polled: Polled::ByTimer });
        (self.actor.token, self.actor.router.oneshot(request).await.unwrap())
    }

    async fn send_expecting(self, kind: BodyKind) -> Answer {
        let (method, path, listener) = (self.method.clone(), self.path.clone(), self.actor.listener);
        let (token, response) = self.into_response().await;
        let (parts, body) = response.into_parts();
        let endless = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let body = if endless {
            Bytes::new()
        } else {
            body.collect().await.expect("the answer is whole").to_bytes()
        };
        if listener == Listener::Https {
            documented::check(&method, &path, parts.status.as_u16(), &parts.headers, &body);
        }
        let answer = Answer::new(parts.status, parts.headers, body, kind);
        if let Some(secret) = token.as_deref().and_then(|token| token.splitn(3, '_').nth(2)) {
            let shown = String::from_utf8_lossy(&answer.body);
            assert!(secret.is_empty() || !shown.contains(secret), "the answer holds the token: {shown}");
        }
        answer
    }
}
