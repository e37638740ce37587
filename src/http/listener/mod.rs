//! Sockets, TLS handshakes, limits of connections, draining.
//!
//! The caller owns the socket and the stop signal and awaits `run`. Every connection is one task: it shakes hands,
//! then drives hyper, and beside it one timer that ticks a few times within every limit and asks the `warden`
//! whether the connection is stuck. HTTP/1.1 needs no timer per request, because the tick also wakes the request.

/// Opening sockets.
mod bind;

/// Limits of connections, as durations and counts.
mod limits;

/// How many connections each client address holds.
mod addresses;

/// What a connection's parts tell each other.
mod state;

/// The bytes of a TLS handshake, bounded.
mod opening;

/// A request until the last byte of its answer has left the program.
mod work;

/// The tasks of HTTP/2 streams.
mod streams;

/// What comes on a connection of HTTP/2, frame by frame.
mod frames;

/// Whether a connection is stuck or idle.
mod warden;

/// Answers that the HTTP reader makes by itself.
mod bare;

/// What is noted of requests that cannot be parsed.
mod unparsable;

/// The bytes of a connection, counted on their way.
mod socket;

/// The router behind one connection.
mod service;

/// One connection from its first to its last byte.
mod connection;

/// Whether a listener still moves.
mod heartbeat;

/// Accepting connections until the stop.
mod accept;

/// The admin socket.
mod local;

/// The listener over loopback.
#[cfg(test)]
mod tests;

/// HTTP/2 frame by frame.
#[cfg(test)]
mod frames_tests;

pub use self::accept::{Drained, run};
pub use self::bind::bind;
pub use self::heartbeat::{Beats, Heartbeat, heartbeat};
pub use self::limits::Limits;
pub use self::local::run_local;
