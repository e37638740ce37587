//! The HTTP edge: it reads requests, asks one service and shapes the answer. No business is decided here.
//!
//! A request passes, in this order: `listener` (sockets, TLS, limits of connections) · `router` (the one table of
//! routes) · `layer` (request id, stages, who calls, time limits, panics, metrics, access log) · a handler of `intake`,
//! `reading`, `api`, `ops` or `docs` · back through `layer`. The app makes an [`Edge`](crate::web::edge::Edge), opens it once the store
//! is there, and serves what [`router::build`](crate::web::router::build) makes with
//! [`listener::run`](crate::web::listener::run).

/// What the app tells the edge: limits, networks, texts.
pub mod options;

/// The code of every problem.
pub mod code;

/// The methods that a path takes.
pub mod methods;

/// Problem details (RFC 9457), the shape of every error.
pub mod problem;

/// The one mapping from the services' errors to statuses and codes.
mod refusal;

/// What stands in a request, read into types that cannot be wrong.
pub mod request;

/// JSON as it goes over the wire.
pub mod wire;

/// A portion of a list.
mod portion;

/// Memory of answers to reads.
mod held;

/// What the appliance says of its own routes.
mod library;

/// Files that pages use.
mod assets;

/// The state all handlers share.
pub mod edge;

/// An edge without services, for tests.
#[cfg(test)]
mod testing;

/// An answer's body that keeps its request's place among those being answered.
mod placed;

/// Pages of other sites.
mod cors;

/// Heads of requests and answers.
mod heads;

/// A request's head as the access log shows it.
mod said;

/// How often a client may come, and whether at all.
mod gate;

/// One request on its way to a handler.
mod call;

/// The limits in force, and whom they refuse.
mod pressure;

/// Events coming in.
mod intake;

/// Events going out.
mod reading;

/// The audit log going out.
mod audit;

/// What scripts manage.
mod api;

/// Health, metrics and what the appliance says of itself.
mod ops;

/// The document of the routes, its page, and files of pages.
mod docs;

/// The operator's console.
mod console;

/// What a route is, who may use it, and which handler it leads to.
pub mod endpoint;

/// The OpenAPI document of a route table.
mod openapi;

/// What happens around every handler.
mod layer;

/// The one table of routes.
pub mod router;

/// Sockets, TLS handshakes, limits of connections, draining.
pub mod listener;

/// The router before the store is open.
#[cfg(test)]
mod tests;
