//! The real program, over real TLS.

/// Starting, signalling and asking it.
mod program;

/// What clients of it send, and what they were promised.
mod load;

/// The listeners: HTTP/2, trust, the plain ones.
mod edges;

/// Streams and `events tail`.
mod follow;

/// Many connections, few keys.
mod crowd;

/// Killed at any moment.
mod kills;

/// Settings from everywhere.
mod settings;

/// Stopping, reloading, and who else wants the directory.
mod signals;

/// A start that takes long, and one by a clock that is wrong.
mod starting;

/// What it tells the service manager.
mod manager;

/// Data directories that cannot be used.
mod places;

/// What Prometheus gets from it.
mod scrape;

/// The demonstration.
mod demo;

/// Its commands.
mod commands;

/// Its commands to an appliance elsewhere, and the admin socket.
mod elsewhere;

/// The keys outside the database.
mod keys;

/// Sources: commands, secrets at rest.
mod sources;

/// Blocks, and clients behind a proxy.
mod blocks;

/// Exit codes of its commands.
mod refusals;

/// What its log never holds.
mod secrets;

/// Sending files to it.
mod send;

/// A server that answers by a script.
mod scripted;

/// Sending files when much goes wrong.
mod hitches;

/// What its own examination finds.
mod doctor;

/// The operator's certificates, swapped while it runs.
mod certificates;
