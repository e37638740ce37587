//! The real program under attack. While clients on some addresses misbehave, clients on others are served as always,
//! and the program's memory stays bounded.
//!
//! Each attack lasts a few seconds, or as many as `MAINSTAY_ATTACK_SECONDS` says.
#![cfg(test)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may stop at whatever it did not expect"
)]

/// A directory of its own for every test.
#[path = "../it/place.rs"]
mod place;

/// Commands of the real program.
#[path = "../it/command.rs"]
mod command;

/// The appliance under attack.
mod appliance;

/// Clients that only want to be served.
mod good;

/// An attack from beginning to end: the good clients, the memory, and the attackers.
mod siege;

/// Sockets of attackers.
mod wire;

/// HTTP/2, frame by frame.
mod frames;

/// Attackers that keep streams open.
mod holder;

/// A tenant that attacks another.
mod rival;

/// Answers on HTTP/2 that the client leaves no window for.
mod windows;

/// Bodies that hardly arrive.
mod bodies;

/// Heads that never end.
mod heads;

/// Large answers that nobody reads.
mod readers;

/// Floods of HTTP/2 streams.
mod streams;

/// Floods of HTTP/2 frames that ask for nothing.
mod floods;

/// Floods of connections.
mod connections;

/// Floods of guesses: passwords, tokens, signatures.
mod guesses;

/// Transfer codings that no one may rely on.
mod codings;
