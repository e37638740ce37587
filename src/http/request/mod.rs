//! What stands in a request, read into types that cannot be wrong.

/// `If-None-Match`.
pub mod condition;

/// Names of headers that the standard list lacks.
pub mod header;

/// Query strings.
pub mod query;

/// Who calls: bearer tokens and API keys.
pub mod credential;

/// The idempotency key, in requests and in answers.
pub mod key;

/// What the sender prefers (RFC 7240).
pub mod prefer;

/// The trace a request belongs to (W3C Trace Context).
pub mod trace;

/// The id under which a request stands in the log.
pub mod request_id;

/// Media types of bodies, and which answer a client wants to see.
pub mod media;

/// Headers of a delivery as signature schemes look at them.
mod delivery;

/// Lines of a body that comes in pieces.
pub mod lines;

/// The connection under a request.
pub mod peer;

/// From whom a request comes, as far as proxies are believed.
pub mod origin;

/// Time limits of single steps.
pub mod patience;

/// Bodies, read within their limits.
pub mod body;
