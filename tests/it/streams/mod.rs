//! Events as they come.

/// What the tests of streams send and look at.
mod stage;

/// Nothing missed, nothing doubled, nobody else's.
mod exact;

/// Readers: many, idle, slow, and those who may read no more.
mod readers;

/// The end of streams on which nothing is sent.
mod rights;
