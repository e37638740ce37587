//! The services over an open store.

use crate::app::directory::DataDirectory;
use crate::app::keys::directory::KeyDirectory;
use crate::app::keys::error::KeysError;
use crate::app::observer::StoreObserver;
use crate::app::options::{key_policy, retention};
use crate::config::{Config, Loaded};
use crate::crypto::seal::SealingKey;
use crate::domain::job::Schedule;
use crate::domain::scheme::table::Schemes;
use crate::http::edge::Services;
use crate::platform::clock::Clock;
use crate::platform::entropy::Entropy;
use crate::services::access::Access;
use crate::services::agents::Agents;
use crate::services::certificates::Certificates;
use crate::services::diagnostics::Diagnostics;
use crate::services::glance::Glances;
use crate::services::health::Health;
use crate::services::ingest::Ingest;
use crate::services::jobs::{Job, Jobs};
use crate::services::limits::{Blocks, Forwarders, RateLimit};
use crate::services::live::Live;
use crate::services::operators::{Enrolments, FirstRun, Logins, Operators, Passwords, Sessions};
use crate::services::reading::Reading;
use crate::services::series::{Series, Sources as Watched};
use crate::services::settings::Settings;
use crate::services::sources::Sources;
use crate::services::tenants::Tenants;
use crate::services::tokens::Tokens;
use crate::services::usage::Usage;
use crate::services::vault::Vault;
use crate::services::webhooks::Webhooks;
use crate::store::error::OpenError;
use crate::store::handle::Store;
use crate::store::options::{OnLoss, StoreOptions};
use crate::telemetry::metrics::Metrics;
use std::sync::Arc;
use std::time::Duration;

/// When the daily usage snapshot is made: what was counted before midnight has been written by then.
const SNAPSHOT_AFTER_MIDNIGHT: Duration = Duration::from_mins(5);

/// The services over an open store.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The store.
    pub store: Store,
    /// Who calls.
    pub access: Access,
    /// Events coming in.
    pub ingest: Ingest,
    /// Events being read.
    pub reading: Reading,
    /// Events being read as they come.
    pub live: Live,
    /// Whether traffic may be taken.
    pub health: Health,
    /// Tenants.
    pub tenants: Tenants,
    /// Tokens.
    pub tokens: Tokens,
    /// Sources.
    pub sources: Sources,
    /// Deliveries of sources.
    pub webhooks: Webhooks,
    /// How often clients may come.
    pub rate_limit: RateLimit,
    /// Who may not come at all.
    pub blocks: Blocks,
    /// Who forwards requests and is not trusted to.
    pub forwarders: Forwarders,
    /// Agents.
    pub agents: Agents,
    /// Jobs.
    pub jobs: Jobs,
    /// What tenants use.
    pub usage: Usage,
    /// What is kept of every minute and hour.
    pub series: Series,
    /// Settings.
    pub settings: Settings,
    /// Operators.
    pub operators: Operators,
    /// Who is logged in.
    pub sessions: Sessions,
    /// Logging in.
    pub logins: Logins,
    /// Setting second factors up.
    pub enrolments: Enrolments,
    /// The link for the first owner.
    pub first_run: FirstRun,
    /// The certificates.
    pub certificates: Certificates,
    /// What somebody who helps needs to know.
    pub diagnostics: Diagnostics,
    /// Secrets sealed for the database.
    pub vault: Vault,
}

/// The machine as the parts use it.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// Why the parts of an appliance cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum PartsError {
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl PartsError {
    /// Tells whether the key that seals secrets is at fault and only a person can mend it.
    pub fn is_sealing_key(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_lasting(),
            Self::Open(error) => error.is_sealing_key(),
        }
    }
}

impl Parts {
    /// Returns the services behind the handlers.
    pub fn services(&self) -> Services {
        Services {
            access: self.access.clone(),
            ingest: self.ingest.clone(),
            reading: self.reading.clone(),
            live: self.live.clone(),
            webhooks: self.webhooks.clone(),
            tenants: self.tenants.clone(),
            tokens: self.tokens.clone(),
            sources: self.sources.clone(),
            operators: self.operators.clone(),
            sessions: self.sessions.clone(),
            logins: self.logins.clone(),
            enrolments: self.enrolments.clone(),
            first_run: self.first_run.clone(),
            rate_limit: self.rate_limit.clone(),
            blocks: self.blocks.clone(),
            forwarders: self.forwarders.clone(),
            agents: self.agents.clone(),
            jobs: self.jobs.clone(),
            usage: self.usage.clone(),
            series: self.series.clone(),
            glances: Glances {
                health: self.health.clone(),
                series: self.series.clone(),
                usage: self.usage.clone(),
                sources: self.sources.clone(),
                agents: self.agents.clone(),
                jobs: self.jobs.clone(),
                blocks: self.blocks.clone(),
                forwarders: self.forwarders.clone(),
            },
            settings: self.settings.clone(),
            health: self.health.clone(),
            certificates: self.certificates.clone(),
            diagnostics: self.diagnostics.clone(),
        }
    }

    /// Returns what series are kept of.
    pub fn watched(&self, metrics: &Arc<Metrics>) -> Watched {
        Watched { metrics: Arc::clone(metrics), health: self.health.clone() }
    }

    /// Opens the store of a locked directory and stands the services on it. The key that seals secrets is made if
    /// neither it nor a database that knows one is there.
    pub fn open(
        directory: &DataDirectory,
        loaded: &Loaded,
        machine: &Machine,
        observer: StoreObserver,
        on_loss: OnLoss,
    ) -> Result<Self, PartsError> {
        let config = &loaded.config;
        let key = sealing_key(directory, config, machine)?;
        let options = StoreOptions {
            sealing_key: Some(key.id()),
            ..store_options(config, Arc::new(observer), on_loss)
        };
        let (clock, entropy) = (Arc::clone(&machine.clock), Arc::clone(&machine.entropy));
        let store = Store::open(directory.disk(), options, clock, entropy)?;
        Ok(Self::new(store, key, loaded, machine)?)
    }

    /// Stands the services on an open store; what the console set is laid over what was loaded.
    pub fn new(store: Store, key: SealingKey, loaded: &Loaded, machine: &Machine) -> Result<Self, OpenError> {
        let settings = Settings::new(store.clone(), loaded.clone());
        let running = settings.running();
        let config = &running.config;
        let (retention, policy) = (retention(config), key_policy(config));
        let entropy = || Arc::clone(&machine.entropy);
        let reading = Reading::new(store.clone());
        let vault = Vault::new(key, entropy());
        let schemes = Schemes::new(config.schemes.iter().cloned());
        let clock = || Arc::clone(&machine.clock);
        let webhooks = Webhooks::new(store.clone(), schemes.clone(), vault.clone(), clock(), reading.clone());
        let agents = Agents::load(store.clone(), clock())?;
        let usage = Usage::load(store.clone())?;
        let jobs = Jobs::load(store.clone(), clock(), vec![usage_snapshot(&usage)])?;
        let (passwords, sessions) =
            (Passwords::new(entropy()), Sessions::load(store.clone(), clock(), entropy())?);
        let operators = Operators::new(store.clone(), passwords.clone(), sessions.clone());
        let health =
            Health::new(store.clone(), config.store.reserve_bytes, clock(), agents.clone(), jobs.clone());
        Ok(Self {
            diagnostics: Diagnostics::new(
                store.clone(),
                settings.clone(),
                health.clone(),
                agents.clone(),
                sessions.clone(),
            ),
            certificates: Certificates::new(store.clone()),
            access: Access::new(store.clone(), clock()),
            ingest: Ingest::new(store.clone(), reading.clone(), entropy(), policy, usage.clone()),
            live: Live::new(reading.clone()),
            reading,
            health,
            tenants: Tenants::new(store.clone(), retention),
            tokens: Tokens::new(store.clone(), entropy()),
            logins: Logins::new(store.clone(), clock(), passwords, vault.clone()),
            enrolments: Enrolments::new(store.clone(), clock(), entropy(), vault.clone()),
            first_run: FirstRun::load(store.clone(), clock(), entropy(), operators.clone())?,
            operators,
            sessions,
            sources: Sources::new(store.clone(), schemes, vault.clone(), entropy()),
            rate_limit: RateLimit::new(clock()),
            blocks: Blocks::new(store.clone(), clock()),
            forwarders: Forwarders::default(),
            webhooks,
            agents,
            jobs,
            usage,
            series: Series::load(store.clone())?,
            settings,
            vault,
            store,
        })
    }
}

/// Closes what tenants used on the day that has ended, a few minutes after it has.
fn usage_snapshot(usage: &Usage) -> Job {
    let usage = usage.clone();
    Job {
        name: "usage-snapshot",
        purpose: "closes what each tenant used on the day before",
        schedule: Schedule::Daily(SNAPSHOT_AFTER_MIDNIGHT),
        work: Arc::new(move |now| usage.close_days(now)),
    }
}

/// Returns the key that seals secrets. A database that knows one never gets another: what is sealed would be lost.
fn sealing_key(
    directory: &DataDirectory,
    config: &Config,
    machine: &Machine,
) -> Result<SealingKey, PartsError> {
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
        key_retention_max: retention(config),
        sealing_key: None,
        on_loss,
        observer,
    }
}
