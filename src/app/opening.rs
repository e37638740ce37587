//! Opening the store of a data directory and making the services over it.

use crate::app::directory::DataDirectory;
use crate::app::keys::directory::{KeyDirectory, KeysError};
use crate::app::observer::StoreObserver;
use crate::config::{Config, Loaded};
use crate::crypto::seal::SealingKey;
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
