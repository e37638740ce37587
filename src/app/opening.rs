//! Opening the store of a data directory, making the services over it, and whether the clock fits its ledger.

use crate::app::directory::DataDirectory;
use crate::app::keys::directory::{KeyDirectory, KeysError};
use crate::app::observer::StoreObserver;
use crate::config::{Config, Loaded};
use crate::crypto::seal::SealingKey;
use crate::domain::time::{Timestamp, format_roughly};
use crate::platform::machine::Machine;
use crate::services::all::Services;
use crate::services::settings::Apply;
use crate::store::error::OpenError;
use crate::store::handle::Store;
use crate::store::options::{OnLoss, StoreOptions};
use crate::telemetry::metrics::Metrics;
use crate::tls::keeper::TlsKeeper;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How far the clock may be behind the last event without a word: services that set it move it by less.
const CLOCK_BACK_MIN: Duration = Duration::from_secs(5);

/// How far it may be ahead of the last event without a word: so long a machine may well have been off.
const CLOCK_AHEAD_MIN: Duration = Duration::from_hours(30 * 24);

/// What the services of a data directory are opened with.
pub struct Opening {
    /// The settings from outside.
    pub loaded: Loaded,
    /// Clock and entropy.
    pub machine: Machine,
    /// The certificates.
    pub tls: TlsKeeper,
    /// All metric series.
    pub metrics: Arc<Metrics>,
    /// Passes news of the store on.
    pub observer: StoreObserver,
    /// Whether a lost journal is accepted.
    pub on_loss: OnLoss,
    /// Makes the parts outside the services work as the settings say.
    pub apply: Apply,
}

impl Opening {
    /// Opens the store of a locked directory and makes the services. The key that seals secrets is made if neither it
    /// nor a database that knows one is there. Blocks on disk.
    pub fn open(self, directory: &DataDirectory) -> Result<Services, OpeningError> {
        let Self { loaded, machine, tls, metrics, observer, on_loss, apply } = self;
        let key = sealing_key(directory, &loaded.config, &machine)?;
        let options = StoreOptions {
            sealing_key: Some(key.id()),
            ..store_options(&loaded.config, Arc::new(observer), on_loss)
        };
        let (clock, entropy) = (Arc::clone(&machine.clock), Arc::clone(&machine.entropy));
        let store = Store::open(directory.disk(), options, clock, entropy)?;
        Ok(Services::new(store, key, loaded, machine, tls, metrics, apply).map_err(OpenError::from)?)
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").field("on_loss", &self.on_loss).finish_non_exhaustive()
    }
}

/// Why the services of a data directory cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpeningError {
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl OpeningError {
    /// Tells whether the key that seals secrets is at fault and only a person can mend it.
    pub fn is_sealing_key(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_lasting(),
            Self::Open(error) => error.is_sealing_key(),
        }
    }
}

/// Returns the key that seals secrets. A database that knows one never gets another: what is sealed would be lost.
fn sealing_key(
    directory: &DataDirectory,
    config: &Config,
    machine: &Machine,
) -> Result<SealingKey, OpeningError> {
    let keys = KeyDirectory::new(directory.keys());
    if let Some(key) = keys.load(config.environment)? {
        return Ok(key);
    }
    if Store::find_sealing_key(directory.disk().as_ref())?.is_some() {
        return Err(OpenError::SealingKeyMissing.into());
    }
    Ok(keys.create(machine.entropy.as_ref())?)
}

fn store_options(config: &Config, observer: Arc<StoreObserver>, on_loss: OnLoss) -> StoreOptions {
    let store = &config.store;
    StoreOptions {
        cache_bytes: store.cache_bytes,
        journal_segment_bytes: store.journal_segment_bytes,
        reserve_bytes: store.reserve_bytes,
        ballast_bytes: store.ballast_bytes,
        queue_events_max: store.queue_events_max,
        queue_bytes_max: store.queue_bytes_max,
        batch_events_max: store.batch_events_max,
        flush_interval: store.flush_interval,
        key_retention_max: config.idempotency.retention.limit(),
        sealing_key: None,
        on_loss,
        observer,
    }
}

/// Says that the clock is behind the last event, or far ahead of it. Times in the ledger never go backwards: until a
/// clock that is behind has caught up, events get the time of the last one.
pub(super) fn warn_of_clock(store: &Store, now: Timestamp) {
    let Ok(head) = store.head() else { return };
    let last = head.last_received_at;
    let (behind, ahead) = (last.duration_since(now), now.duration_since(last));
    let elapsed_ms = |step: Duration| u64::try_from(step.as_millis()).unwrap_or(u64::MAX);
    if behind > CLOCK_BACK_MIN {
        tracing::warn!(
            elapsed_ms = elapsed_ms(behind),
            "The clock is {} behind the last event; hint: set the clock; until it has caught up, events get that event's time",
            format_roughly(behind)
        );
    } else if ahead > CLOCK_AHEAD_MIN && last > Timestamp::default() {
        tracing::warn!(
            elapsed_ms = elapsed_ms(ahead),
            "The clock is {} ahead of the last event; hint: set the clock, unless the appliance was off so long: by this clock keys and blocks are as much older",
            format_roughly(ahead)
        );
    }
}
