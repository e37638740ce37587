//! The OpenAPI 3.1 document: what every route of the table takes and answers, made from the wire types, the table and
//! the list of codes.
//!
//! A new endpoint gets an `Operation` in the file of its group and an arm in
//! `listed`; without one it does not compile. Answers that the table implies, such as 401 where a token is asked for,
//! need not be said: `refusals` derives them.

/// Schemas of the wire types.
mod schemas;

/// What is said about an operation.
mod operation;

/// Parameters that several operations take.
mod parameters;

/// Events coming in.
mod intake;

/// Events going out.
mod reading;

/// Agents.
mod agents;

/// Tenants.
mod tenants;

/// Tokens.
mod tokens;

/// Sources and schemes.
mod sources;

/// Settings and blocks.
mod manage;

/// The audit log.
mod audit;
/// Operators and their sessions.
mod people;

/// Jobs and usage.
mod jobs;

/// Health, metrics and what the appliance says of itself.
mod ops;

/// How everything is, and what it was like.
mod overview;

/// Which operation an endpoint is.
mod listed;

/// Which problems a route answers.
mod refusals;

/// The whole document.
mod document;

/// A schema in a few words.
mod shape;

/// The document as a page.
mod page;

pub(super) use self::document::document;
pub(super) use self::page::page;
