//! The business as values and decisions, without clock, disk or network.

/// Texts as parts of addresses.
pub mod uri;

/// Instants in microseconds and durations as people write them.
pub mod time;

/// Whom limits count as one client.
pub mod client;

/// How often: quotas and what is used of them.
pub mod rate;

/// Failures to prove who one is, and the blocks they bring.
pub mod offence;

/// Texts that must not be shown, in use and as they are stored.
pub mod secret;

/// How members of stored types are written in JSON.
mod members;

/// What time it is when the clock may be wrong.
pub mod believed_time;

/// Tests of that.
#[cfg(test)]
mod believed_time_tests;

/// When to try again.
pub mod retry;

/// How long a search looks on.
pub mod patience;

/// Numbers and short texts that identify things.
pub mod ids;

/// Names that people choose: slugs, labels.
pub mod names;

/// Networks that the operator keeps out.
pub mod ban;

/// Scopes of tokens and roles of operators.
pub mod scope;

/// Tenants and their settings.
pub mod tenant;

/// Machine credentials.
pub mod token;

/// One-time passwords.
pub mod totp;

/// People who run the appliance.
pub mod operator;

/// What operators may do.
pub mod permission;

/// Operators' sessions, and the one-time link for the first owner.
pub mod session;

/// How long somebody waits who keeps failing to log in.
pub mod login;

/// Idempotency keys, sent or made.
pub mod idempotency;

/// Requests that change something once.
pub mod request;

/// Agents: workers elsewhere that send heartbeats.
pub mod agent;

/// What a tenant used on one day.
pub mod usage;

/// Latencies as counts by bucket.
pub mod latency;

/// What is kept of a minute or an hour.
pub mod series;

/// Jobs: work at set times.
pub mod job;

/// Which payloads count as JSON.
pub mod json;

/// Signature schemes of webhooks.
pub mod scheme;

/// Sources: named senders of a tenant.
pub mod source;

/// Events as they come in.
pub mod event;

/// The attributes of a CloudEvent.
pub mod cloudevent;

/// The Merkle tree of RFC 6962, kept as a frontier.
pub mod merkle;

/// What of an event is hashed into the ledger's tree.
pub mod leaf;

/// Places in a listing.
pub mod cursor;
