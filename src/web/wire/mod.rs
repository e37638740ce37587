//! JSON as it goes over the wire. The names here are the public contract; `cli` and `app` render events with them too.

/// Schemas of values that other floors define.
pub(crate) mod schema;

/// What a sender gets for an event.
pub mod receipt;

/// What a sender gets for one of several events of a request.
pub(crate) mod member;

/// An event as CloudEvents 1.0 JSON.
pub mod event;

/// Pieces of an event stream.
pub mod frame;

/// A CloudEvent in JSON, coming in.
pub(crate) mod cloudevent;

/// A page of events.
pub mod listing;

/// The audit log.
pub mod audit;

/// What `GET /v1` says.
pub mod about;

/// Agents.
pub mod agent;

/// Jobs and their runs.
pub mod job;

/// Tenants.
pub mod tenant;

/// Tokens.
pub mod token;

/// Sources and their schemes.
pub mod source;

/// What tenants use.
pub mod usage;

/// Settings.
pub mod setting;

/// Lines of the log.
pub mod log_line;

/// Who is kept out.
pub mod blocked;

/// The limits in force.
pub mod limits;

/// The certificates.
pub mod certificate;

/// Operators and their sessions.
pub mod operator;

/// Numbers of requests and how long they took.
pub mod summary;

/// What is kept of minutes and hours.
pub(crate) mod series;

/// What health questions are answered.
pub mod health;

/// How every part of the appliance is.
pub mod report;

/// What somebody who helps needs to know.
pub(crate) mod diagnostics;
/// How everything is, at a glance.
pub(crate) mod overview;
