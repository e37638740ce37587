//! The journal, the database and everything that lives in them.
//!
//! A small preallocated **journal** stands in front of one redb file. The *sequencer* thread takes what waits in its
//! bounded queue, decides each event (repeat or new), numbers it, writes one checksummed journal entry for the whole
//! batch, syncs once and answers. The *applier* thread writes the same entries into redb without syncing, and now and
//! then makes everything so far durable, after which older journal segments may be used again. Readers see both: the
//! database up to the applied position and the tail of acknowledged events behind it, as one immutable view.
//!
//! | what | where it is told |
//! |---|---|
//! | every table of the database | [`tables`](crate::store::tables) |
//! | an event's bytes | [`record`](crate::store::record) |
//! | the journal's format, and why | [`journal`](crate::store::journal) |
//! | the idempotency index, and why | [`index`](crate::store::index) |
//! | blocks: how listings find a tenant's events | [`block`](crate::store::block) |
//! | what happens at start | [`recovery`](crate::store::recovery) |

/// Every table of the database, on one screen.
pub mod tables;

/// What can go wrong.
pub mod error;

/// Settings of the store and what it reports to.
pub mod options;

/// An event's bytes, in journal and database.
pub mod record;

/// Stored rows: what stands in each row table.
pub mod rows;

/// The head row: how far the ledger has come.
pub mod head;

/// Changes of rows, and what a command decided.
pub mod effects;

/// The journal in front of the database.
pub mod journal;

/// The redb file: opening, the one way to commit.
pub mod database;

/// Blocks of 4,096 events and what is kept about each.
pub mod block;

/// The idempotency index.
pub mod index;

/// Tenants, tokens and operators as one immutable value.
pub mod catalog;

/// What readers see: applied position, tail, open block.
pub mod view;

/// Which requests are under way, and room for more of them in their table.
mod requests;

/// State that the threads and the handles share.
pub mod shared;

/// Schema versions and the steps between them.
pub mod migrations;

/// The thread that writes the database.
pub mod applier;

/// Space kept free, and the ballast given up when even recovery lacks space.
pub mod reserve;

/// A disk in memory over one that has no space left.
pub mod overlay;

/// Reading events.
pub mod read;

/// The thread that decides, numbers and makes durable.
pub mod sequencer;

/// Which key the database's secrets are sealed with.
pub mod sealing;

/// Opening: create, recover, refuse.
pub mod recovery;

/// Recomputing the ledger from its records.
pub mod verify;

/// Starts the threads of a recovered store.
pub mod launch;

/// The handle everything above uses.
pub mod handle;

/// Carrying out commands, those of a request only once.
pub mod command;

/// Whether the store moves.
pub mod pulse;

/// Rows that stand outside the catalog.
pub mod worker_rows;
