//! All services over one store, made in one place.

use crate::config::{Config, Loaded, overlay};
use crate::crypto::seal::SealingKey;
use crate::domain::job::Schedule;
use crate::domain::scheme::table::Schemes;
use crate::platform::believed_clock::CredentialClock;
use crate::platform::clock::Clock;
use crate::platform::machine::Machine;
use crate::platform::workers::Workers;
use crate::services::access::Access;
use crate::services::agents::Agents;
use crate::services::certificates::Certificates;
use crate::services::clock::MachineClock;
use crate::services::diagnostics::Diagnostics;
use crate::services::health::Health;
use crate::services::ingest::{Ingest, KeyPolicy};
use crate::services::jobs::{Job, Jobs};
use crate::services::limits::{Blocks, Forwarders, RateLimit};
use crate::services::live::Live;
use crate::services::operators::{Enrolments, FirstRun, Logins, Operators, Passwords, Sessions};
use crate::services::reading::Reading;
use crate::services::request::Requests;
use crate::services::series::Series;
use crate::services::settings::{Apply, Settings};
use crate::services::sources::Sources;
use crate::services::tenants::Tenants;
use crate::services::tokens::Tokens;
use crate::services::usage::Usage;
use crate::services::vault::Vault;
use crate::services::webhooks::Webhooks;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::telemetry::metrics::Metrics;
use crate::tls::keeper::TlsKeeper;
use std::sync::Arc;
use std::time::Duration;

/// When the daily usage snapshot is made: what was counted before midnight has been written by then.
const SNAPSHOT_AFTER_MIDNIGHT: Duration = Duration::from_mins(5);

/// All services over one store.
#[derive(Debug)]
pub struct Services {
    /// The store.
    pub store: Store,
    /// All metric series.
    pub metrics: Arc<Metrics>,
    /// Requests with an idempotency key.
    pub requests: Requests,
    /// Callers and the tenants they reach.
    pub access: Access,
    /// Events coming in.
    pub ingest: Ingest,
    /// Events going out.
    pub reading: Reading,
    /// Events going out as they come in.
    pub live: Live,
    /// Deliveries of sources.
    pub webhooks: Webhooks,
    /// Agents.
    pub agents: Agents,
    /// Jobs.
    pub jobs: Jobs,
    /// The use of each tenant.
    pub usage: Usage,
    /// Measurements of every minute and hour.
    pub series: Series,
    /// Settings.
    pub settings: Settings,
    /// The machine's clock.
    pub clock: MachineClock,
    /// Whether the appliance can take traffic.
    pub health: Health,
    /// The status of background work.
    pub workers: Workers,
    /// Tenants.
    pub tenants: Tenants,
    /// Machine credentials.
    pub tokens: Tokens,
    /// Named senders.
    pub sources: Sources,
    /// The people who run the appliance.
    pub operators: Operators,
    /// Operators who are logged in.
    pub sessions: Sessions,
    /// Logging in.
    pub logins: Logins,
    /// Setting second factors up.
    pub enrolments: Enrolments,
    /// The link for the first owner.
    pub first_run: FirstRun,
    /// The certificates.
    pub certificates: Certificates,
    /// Information for support.
    pub diagnostics: Diagnostics,
    /// How often clients may come.
    pub rate_limit: RateLimit,
    /// Blocked clients.
    pub blocks: Blocks,
    /// Untrusted peers that forward requests.
    pub forwarders: Forwarders,
    /// Secrets sealed for the database.
    pub vault: Vault,
}

impl Services {
    /// Makes every service over an open store; lays what the console set over the settings from outside, and has `apply`
    /// make the parts outside the services work as they say. Blocks on disk.
    pub fn new(
        store: Store,
        key: SealingKey,
        loaded: Loaded,
        machine: Machine,
        tls: TlsKeeper,
        metrics: Arc<Metrics>,
        apply: Apply,
    ) -> Result<Self, StoreError> {
        let entropy = || Arc::clone(&machine.entropy);
        let clock = || Arc::clone(store.clock()) as Arc<dyn Clock>;
        let credentials = || Arc::new(CredentialClock(Arc::clone(store.clock()))) as Arc<dyn Clock>;
        let config = overlay(&loaded, store.catalog().settings()).config;
        let schemes = Schemes::new(config.schemes.iter().cloned());
        let vault = Vault::new(key.clone(), entropy());
        let reading = Reading::new(store.clone());
        let usage = Usage::load(store.clone())?;
        let ingest =
            Ingest::new(store.clone(), reading.clone(), entropy(), KeyPolicy::from(&config), usage.clone());
        let settings = Settings::new(store.clone(), loaded, applying(&ingest, apply));
        let agents = Agents::load(store.clone(), clock())?;
        let jobs = vec![usage_snapshot(&usage)];
        let jobs = Jobs::load(store.clone(), clock(), Arc::clone(&metrics), jobs)?;
        let (passwords, sessions) =
            (Passwords::new(entropy()), Sessions::load(store.clone(), credentials(), entropy())?);
        let operators = Operators::new(store.clone(), passwords.clone(), sessions.clone());
        let (reserve_bytes, retention) = (config.store.reserve_bytes, config.idempotency.retention.limit());
        let health =
            Health::new(store.clone(), reserve_bytes, clock(), agents.clone(), jobs.clone(), tls.clone());
        let (told, seen) = (settings.clone(), sessions.clone());
        let diagnostics = Diagnostics::new(store.clone(), told, health.clone(), agents.clone(), seen);
        Ok(Self {
            requests: Requests::new(store.clone(), reading.clone(), key, retention),
            access: Access::new(store.clone(), credentials()),
            live: Live::new(reading.clone()),
            webhooks: Webhooks::new(
                store.clone(),
                schemes.clone(),
                vault.clone(),
                credentials(),
                reading.clone(),
            ),
            series: Series::load(store.clone(), Arc::clone(&metrics), health.clone())?,
            clock: MachineClock::new(store.clone(), tls.clone()),
            workers: Workers::default(),
            tenants: Tenants::new(store.clone(), retention),
            tokens: Tokens::new(store.clone(), entropy()),
            sources: Sources::new(store.clone(), schemes, vault.clone(), entropy()),
            logins: Logins::new(store.clone(), credentials(), passwords, vault.clone()),
            enrolments: Enrolments::new(store.clone(), credentials(), entropy(), vault.clone()),
            first_run: FirstRun::load(store.clone(), credentials(), entropy(), operators.clone())?,
            certificates: Certificates::new(store.clone(), tls, Arc::clone(&metrics)),
            diagnostics,
            rate_limit: RateLimit::new(clock()),
            blocks: Blocks::new(store.clone(), clock()),
            forwarders: Forwarders::default(),
            store,
            metrics,
            ingest,
            reading,
            agents,
            jobs,
            usage,
            settings,
            health,
            operators,
            sessions,
            vault,
        })
    }
}

/// Has intake follow the settings as well.
fn applying(ingest: &Ingest, apply: Apply) -> Apply {
    let ingest = ingest.clone();
    Box::new(move |config: &Config| {
        ingest.set_policy(KeyPolicy::from(config));
        apply(config);
    })
}

/// Closes the usage of the day that has ended, a few minutes after midnight.
fn usage_snapshot(usage: &Usage) -> Job {
    let usage = usage.clone();
    Job {
        name: "usage-snapshot",
        purpose: "closes what each tenant used on the day before",
        schedule: Schedule::Daily(SNAPSHOT_AFTER_MIDNIGHT),
        work: Arc::new(move |now| usage.close_days(now)),
    }
}
