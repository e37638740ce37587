//! The machinery of HTTP, which knows no noun: it reads requests, knows who calls, keeps limits and shapes answers.
//!
//! A request passes, in this order: `listener` (sockets, TLS, limits of connections) · `router` (the tables of routes) ·
//! `layer` (request id, stage, who calls, time limits, panics, metrics, access log) · a handler of `api` or `console` ·
//! back through `layer`. The app makes an [`Edge`](crate::http::edge::Edge), opens it once the store is there, and serves
//! what [`router::build`](crate::http::router::build) makes with [`listener::run`](crate::http::listener::run).

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

/// A bound that many share.
pub(crate) mod shares;

/// Places of requests being answered.
pub(crate) mod places;

/// The parts of a request, read into types that cannot be wrong.
pub mod request;

/// A portion of a list.
pub(crate) mod portion;

/// Memory of answers to reads.
pub(crate) mod answer_memory;

/// Documents that change with the program alone.
pub(crate) mod library;

/// Files that pages use.
pub(crate) mod assets;

/// The state all handlers share.
pub mod edge;

/// An edge without services, for tests.
#[cfg(test)]
pub(crate) mod testing;

/// Pages of other sites.
mod cors;

/// Heads of requests and answers.
mod heads;

/// A request's head as the access log shows it.
mod request_line;

/// Blocks and rate limits.
pub(crate) mod gate;

/// One request on its way to a handler.
pub(crate) mod call;

/// JSON in and out of a call.
mod json;

/// Schemas of values that lower floors define.
pub(crate) mod value_schemas;

/// Schemas of the types in requests and answers.
pub(crate) mod schemas;

/// The description of an operation.
pub(crate) mod operation;

/// Rows of route tables.
pub mod route;

/// The OpenAPI document of route tables.
pub(crate) mod openapi;

/// Requests that are carried out once.
mod idempotency;

/// Panics of handlers.
mod panics;

/// What happens around every handler.
mod layer;

/// Routers over tables of routes.
pub mod router;

/// Sockets, TLS handshakes, limits of connections, draining.
pub mod listener;
