//! Events being read as they come.
//!
//! One task, the *hub*, learns of new events, reads them once for all tenants that somebody follows, and hands each
//! tenant's events on as one batch: a follower of a quiet tenant is never woken. Followers that are at the live end
//! take their events from these batches, in memory; those in the past, and those that missed a batch, read pages out of
//! the ledger until they are at the end again.
//!
//! **From ledger to batches.** Sequence numbers alone decide. A follower's position says up to where it has got everything. A batch
//! says behind which place and through which place it is complete: it continues the follower's own position, or lies at
//! or below it and is passed over, or begins behind it, and then the ledger is read. Whoever begins to follow does so
//! under the lock under which the hub chooses how far its round goes: the round under way never goes further than what
//! the newcomer finds in the ledger, and all that comes behind reaches it in batches.

/// Who follows which tenant, how far each has been told, and the events on their way.
mod feeds;

/// Through which place a follower has got everything.
mod position;

/// One who follows.
mod follower;

/// What tells the followers of new events.
mod hub;

pub use self::feeds::{Ending, Endings, LiveEvent, LiveFilter};
pub use self::follower::{Follower, News};
pub use self::hub::Live;
