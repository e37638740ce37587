//! The thread that decides, numbers and makes durable.
//!
//! It takes what waits in the bounded queue, decides each event against memory and index (repeat or new), numbers the
//! new ones, writes one journal entry for the whole batch, syncs once, shows the events to readers and answers.

/// What waits for the sequencer, with its limits.
pub mod queue;

/// Repeat or new.
pub mod decide;

/// The running thread.
pub mod thread;
