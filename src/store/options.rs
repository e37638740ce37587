//! Settings of the store and what it reports to.

use crate::crypto::seal::KeyId;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Settings of the store.
#[derive(Clone)]
pub struct StoreOptions {
    /// Memory redb may use for pages.
    pub cache_bytes: usize,
    /// Length of each of the four journal segments, a multiple of 4,096.
    pub journal_segment_bytes: u64,
    /// Intake stops when less than this is free on the disk.
    pub reserve_bytes: u64,
    /// Length of the file given up when recovery lacks space; 0 for none.
    pub ballast_bytes: u64,
    /// Most events waiting for the sequencer.
    pub queue_events_max: usize,
    /// Most bytes waiting for the sequencer.
    pub queue_bytes_max: usize,
    /// Most events of one journal entry.
    pub batch_events_max: usize,
    /// Longest time an applied entry waits for its durable commit.
    pub flush_interval: Duration,
    /// Longest time any key is honoured; none: for ever. Index runs wholly older are dropped.
    pub key_retention_max: Option<Duration>,
    /// Id of the key that secrets are sealed with. A database that knows another one, or any where none is given, is
    /// refused.
    pub sealing_key: Option<KeyId>,
    /// What happens after a loss of the journal.
    pub on_loss: OnLoss,
    /// What learns of syncs, commits and the end.
    pub observer: Arc<dyn Observer>,
}

/// What happens when the journal is missing, foreign or corrupt although the database was not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLoss {
    /// Opening is refused.
    Refuse,
    /// What can be read is kept and a new epoch begins.
    Accept,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 32 << 20,
            journal_segment_bytes: 8 << 20,
            reserve_bytes: 0,
            ballast_bytes: 0,
            queue_events_max: 16_384,
            queue_bytes_max: 32 << 20,
            batch_events_max: 1_024,
            flush_interval: Duration::from_secs(5),
            key_retention_max: Some(Duration::from_hours(30 * 24)),
            sealing_key: None,
            on_loss: OnLoss::Refuse,
            observer: Arc::new(Unobserved),
        }
    }
}

impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreOptions")
            .field("journal_segment_bytes", &self.journal_segment_bytes)
            .finish_non_exhaustive()
    }
}

/// What learns of the store's work. Called by its threads; must not block.
pub trait Observer: Send + Sync + 'static {
    /// A step of opening begins that takes longer the more there is.
    fn opening(&self, _step: Opening) {}

    /// A journal entry was written and synced.
    fn journal_synced(&self, _took: Duration, _events: usize) {}

    /// Entries were written to the database; durable ones are synced.
    fn committed(&self, _took: Duration, _events: usize, _commit: CommitKind) {}

    /// So many events wait for the sequencer, and so many are acknowledged and not yet in the database.
    fn queue_changed(&self, _waiting: usize, _unapplied: usize) {}

    /// A read transaction was opened.
    fn reader_opened(&self) {}

    /// A read transaction was closed.
    fn reader_closed(&self) {}

    /// A walk over events ended.
    fn scanned(&self, _took: Duration) {}

    /// The store can't go on: the process must end. Called once, on the failing thread.
    fn failed(&self, _reason: &str) {}
}

/// A step of opening that takes longer the more there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The database is brought to a newer schema.
    Migrating {
        /// The schema it gets.
        schema: u32,
        /// What the step does.
        name: &'static str,
    },
    /// So many entries of the journal are written into the database.
    Replaying(usize),
    /// The idempotency index is read.
    LoadingIndex,
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Migrating { schema, name } => {
                write!(f, "migrating the database to schema {schema} ({name})")
            }
            Self::Replaying(entries) => write!(f, "replaying {entries} entries of the journal"),
            Self::LoadingIndex => f.write_str("loading the index of keys"),
        }
    }
}

/// How a commit was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitKind {
    /// Visible to readers, not synced.
    Visible,
    /// Synced, with quick repair.
    Durable,
}

/// Learns nothing.
#[derive(Debug, Clone, Copy)]
pub struct Unobserved;

impl Observer for Unobserved {}
