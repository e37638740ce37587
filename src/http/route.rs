//! Rows of route tables: a path and method, who may use it, its handler and its description.

use crate::domain::permission::Permission;
use crate::domain::scope::Scope;
use crate::http::call::Call;
use crate::http::edge::Services;
use crate::http::gate::Judged;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::services::operators::SignedIn;
use axum::response::Response;
use http::Method;
use http::request::Parts;
use std::pin::Pin;

/// Holders of a token that may send events.
pub(crate) const WRITE: Who = Who::Token(Scope::EventsWrite);

/// Holders of a token that may read events.
pub(crate) const READ: Who = Who::Token(Scope::EventsRead);

/// Holders of a token for agents.
pub(crate) const AGENTS: Who = Who::Token(Scope::Agents);

/// Holders of a token that may manage the appliance.
pub(crate) const ADMIN: Who = Who::Token(Scope::Admin);

/// Operators of every role.
pub(crate) const SEE: Who = Who::Operator(Permission::See);

/// Operators who may pause, resume, run and block.
pub(crate) const OPERATE: Who = Who::Operator(Permission::Operate);

/// Operators who may change tenants, credentials and settings.
pub(crate) const CHANGE: Who = Who::Operator(Permission::Change);

/// Operators who may manage operators.
pub(crate) const MANAGE: Who = Who::Operator(Permission::ManageOperators);

/// What a handler leads to.
pub(crate) type Answered = Result<Response, Problem>;

/// A handler under way.
pub(crate) type Answering<'c> = Pin<Box<dyn Future<Output = Answered> + Send + 'c>>;

/// Answers the requests of a route.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Handler {
    /// At once.
    Now(for<'c, 'a> fn(&'c Call<'a>) -> Answered),
    /// After waiting.
    Later(for<'c, 'a> fn(&'c Call<'a>) -> Answering<'c>),
}

/// Makes a handler of an asynchronous function of a call.
macro_rules! handler {
    ($function:path) => {
        $crate::http::route::Handler::Later(|call| Box::pin($function(call)))
    };
}
pub(crate) use handler;

/// One method of one path.
#[derive(Debug)]
pub struct Route {
    /// `GET` stands for `HEAD` too.
    pub method: Method,
    /// The path; `{…}` stands for one segment.
    pub pattern: &'static str,
    /// Who may use it.
    pub who: Who,
    /// When it answers.
    pub when: When,
    /// On which listeners it is found.
    pub found: Found,
    /// By which limits its requests are judged.
    pub judged: Judged,
    /// How its problems are told.
    pub told: Told,
    /// What becomes of an idempotency key.
    pub repeats: Repeats,
    pub(crate) handler: Handler,
    /// What the document says; none: it is not in the document.
    pub(crate) operation: Option<&'static Operation>,
}

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anyone, without a credential.
    Anyone,
    /// Anyone, and a credential is not even looked at, because it came in the clear.
    InTheClear,
    /// Holders of a token with the scope.
    Token(Scope),
    /// Senders that sign as the source in the path does; the handler checks it.
    Signature,
    /// The same, or holders of a token with the scope; a token that is there must work.
    SignatureOrToken(Scope),
    /// Operators with the permission, by their session's cookie.
    Operator(Permission),
    /// Peers of the networks in `ops.allow`, and holders of a token with the scope.
    Operations(Scope),
}

/// When a route answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// From the first to the last moment.
    Always,
    /// Once started, also while stopping, however busy.
    Started,
    /// Once started and not while stopping; at most `limits.in_flight_max` such requests at once.
    Serving,
    /// The same for answers that never end: they take a place of `limits.streams_max`.
    Streaming,
}

/// On which listeners a route is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// On HTTPS and on the admin socket.
    Https,
    /// On the plain listener for metrics and health too.
    Operations,
    /// On the admin socket alone.
    Socket,
}

/// How problems are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// As problem details.
    Json,
    /// As a page.
    Page,
    /// As whichever of both the client prefers.
    Preferred,
}

/// What becomes of an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// It is remembered, and a repeat changes nothing.
    Remembered,
    /// The route has its own rules, or changes nothing.
    PassedOver,
}

type Described = &'static Operation;

impl Route {
    const fn new(
        method: Method,
        pattern: &'static str,
        who: Who,
        handler: Handler,
        operation: Option<Described>,
    ) -> Self {
        let (when, found, judged, told) = (When::Serving, Found::Https, Judged::Fully, Told::Json);
        let repeats = Repeats::PassedOver;
        Self { method, pattern, who, when, found, judged, told, repeats, handler, operation }
    }

    pub(crate) const fn get(path: &'static str, who: Who, handler: Handler, operation: Described) -> Self {
        Self::new(Method::GET, path, who, handler, Some(operation))
    }

    /// Changes something once for each idempotency key.
    pub(crate) const fn post(path: &'static str, who: Who, handler: Handler, operation: Described) -> Self {
        let mut route = Self::intake(path, who, handler, operation);
        route.repeats = Repeats::Remembered;
        route
    }

    /// Takes events in, which have idempotency of their own.
    pub(crate) const fn intake(path: &'static str, who: Who, handler: Handler, operation: Described) -> Self {
        Self::new(Method::POST, path, who, handler, Some(operation))
    }

    pub(crate) const fn put(path: &'static str, who: Who, handler: Handler, operation: Described) -> Self {
        Self::new(Method::PUT, path, who, handler, Some(operation))
    }

    pub(crate) const fn patch(path: &'static str, who: Who, handler: Handler, operation: Described) -> Self {
        Self::new(Method::PATCH, path, who, handler, Some(operation))
    }

    pub(crate) const fn delete(path: &'static str, who: Who, handler: Handler, operation: Described) -> Self {
        Self::new(Method::DELETE, path, who, handler, Some(operation))
    }

    /// Is for commands on this machine alone: no document tells of it.
    pub(crate) const fn local(method: Method, path: &'static str, handler: Handler) -> Self {
        Self::new(method, path, ADMIN, handler, None).on(Found::Socket)
    }

    pub(crate) const fn page(path: &'static str, who: Who, handler: Handler) -> Self {
        Self::new(Method::GET, path, who, handler, None).told(Told::Page)
    }

    pub(crate) const fn form(path: &'static str, who: Who, handler: Handler) -> Self {
        Self::new(Method::POST, path, who, handler, None).told(Told::Page)
    }

    /// Answers what no other route does: every method of any path.
    pub(crate) const fn fallback(name: &'static str, who: Who, handler: Handler) -> Self {
        Self::new(Method::GET, name, who, handler, None)
    }

    /// Answers as well while the appliance starts and stops, or only from the start on.
    pub(crate) const fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    pub(crate) const fn on(mut self, found: Found) -> Self {
        self.found = found;
        self
    }

    pub(crate) const fn judged(mut self, judged: Judged) -> Self {
        self.judged = judged;
        self
    }

    pub(crate) const fn told(mut self, told: Told) -> Self {
        self.told = told;
        self
    }
}

/// Every route of a router, as the nouns' tables, and what else the router needs.
#[derive(Clone, Copy, Debug)]
pub struct Routes {
    /// The nouns' tables.
    pub tables: &'static [&'static [&'static [Route]]],
    /// Answers paths without a route.
    pub unmatched: &'static Route,
    /// Answers every path of the plain listener.
    pub redirect: &'static Route,
    /// What pages need of the console.
    pub pages: Pages,
}

/// What pages need of the console.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    /// Finds out who asks for a page.
    pub admit: fn(&Services, &Parts, Permission) -> Result<Admission, Problem>,
    /// Shows a problem to a person, under the request's id.
    pub show_problem: fn(Problem, &str) -> Response,
}

/// What becomes of a request for a page.
#[derive(Debug)]
pub enum Admission {
    /// An operator with the permission.
    Admitted(SignedIn),
    /// Nobody is signed in: the browser is sent to where that is done.
    Away(Response),
}

impl Routes {
    /// Returns every route.
    pub fn iter(&self) -> impl Iterator<Item = &'static Route> + use<> {
        self.tables.iter().copied().flatten().copied().flatten()
    }
}
