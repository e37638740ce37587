//! `demo`: the real appliance on loopback, fed by tills of a made-up chain of shops over its HTTPS edge.
//!
//! The feed is made by pure code (`dice` to `feed`); what is sent, counted and shown stands below it.

/// Random choices that repeat themselves after the same seed.
mod dice;

/// The chain's stores, terminals, articles and people.
mod chain;

/// Sales, refunds and stock counts as they are sent.
mod document;

/// Writing documents: what is bought, paid, given back and counted.
mod clerk;

/// What the tills send next: new events, repeats, and now and then a stranger.
mod feed;

/// Sending over HTTPS, again with the same key while the appliance is busy.
mod sender;

/// Whether an answer is the one that was due.
mod verdict;

/// Counts, rates and latencies.
mod tally;

/// Counters that continue over runs.
mod counters;

/// The demo's own data directory.
mod place;

/// The demo's tenant and its token.
mod credential;

/// The operator and their login.
mod login;

/// What the terminal shows.
mod screen;

/// Feeding the appliance until there is enough.
mod drive;

/// The command.
pub mod command;
