//! The OpenAPI 3.1 document: what every route of the tables takes and answers, made from the wire types, the tables and
//! the list of codes. A route's description states what is its own; what follows from its row is derived.

/// What the document says of an operation without being told.
mod derived;

/// Which problems a route answers.
mod refusals;

/// The whole document.
mod document;

/// A schema in a few words.
mod shape;

/// The document as a page.
mod page;

pub(crate) use self::derived::IDEMPOTENCY_KEY;
pub(super) use self::document::document;
pub(super) use self::page::page;
