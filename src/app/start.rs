//! Start, as a numbered story.

use crate::app::directory::{DataDirectory, DirectoryError};
use crate::app::drain::Running;
use crate::app::keys::directory::KeysError;
use crate::app::listeners::{BindError, Heartbeats, Listeners, open_socket};
use crate::app::modes::{WritableError, check_writers};
use crate::app::observer::{OnFailure, StoreObserver};
use crate::app::opening::{Opening, OpeningError};
use crate::app::options::{edge_options, make_edge};
use crate::app::progress::Progress;
use crate::app::run_file::RunFile;
use crate::app::watchdog::Watched;
use crate::app::workers::{RunningWorkers, Tools};
use crate::config::{Config, Loaded, Origin};
use crate::domain::secret::Secret;
use crate::http::edge::Edge;
use crate::http::listener::Drained;
use crate::platform::files::{DirectoryLock, remove_if_there};
use crate::platform::machine::Machine;
use crate::platform::service_manager::ServiceManager;
use crate::platform::shutdown::{self, Shutdown, ShutdownTrigger};
use crate::services::all::Services;
use crate::services::audit::Actor;
use crate::services::certificates::show_ends;
use crate::services::health::{Motion, Phase};
use crate::services::refusal::Refusal;
use crate::services::settings::Apply;
use crate::services::setup;
use crate::services::sources::{Ensured, NewSource, TenantSource};
use crate::services::tokens::ApiKey;
use crate::store::error::OpenError;
use crate::store::options::OnLoss;
use crate::telemetry::access::AccessLog;
use crate::telemetry::logs::LogHandle;
use crate::telemetry::metrics::Metrics;
use crate::tls::error::TlsError;
use crate::tls::keeper::TlsKeeper;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Name of the operator that `MAINSTAY_OPERATOR_PASSWORD` creates.
const FIRST_OPERATOR: &str = "owner";

/// What an appliance is started with.
#[derive(Debug)]
pub struct Setup {
    /// Its data directory.
    pub directory: DataDirectory,
    /// Its settings, without those of the console.
    pub loaded: Loaded,
    /// Clock and entropy.
    pub machine: Machine,
    /// All metric series.
    pub metrics: Arc<Metrics>,
    /// The log, for its level and its losses.
    pub logs: Option<Arc<LogHandle>>,
    /// Secrets that were given from outside.
    pub given: GivenSecrets,
    /// Whether a lost journal is accepted.
    pub on_loss: OnLoss,
    /// Whom to tell how far it is.
    pub manager: ServiceManager,
}

/// Secrets that the environment gives.
#[derive(Clone, Debug, Default)]
pub struct GivenSecrets {
    /// Password of the first operator, used only while there is none.
    pub operator_password: Option<Secret>,
    /// Secret of source `default` of tenant `default`.
    pub webhook_secret: Option<Secret>,
    /// Text of a token of tenant `system` with every scope.
    pub api_key: Option<Secret>,
}

/// Why an appliance could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// Others may write to the data directory.
    #[error(transparent)]
    Writable(#[from] WritableError),
    /// The certificates.
    #[error("the certificates cannot be used")]
    Tls(#[from] TlsError),
    /// A listener.
    #[error(transparent)]
    Listen(#[from] BindError),
    /// The keys.
    #[error("the keys cannot be used")]
    Keys(#[from] KeysError),
    /// The database.
    #[error("the database cannot be opened")]
    Open(#[from] OpenError),
    /// The reserved tenants or the first operator.
    #[error("the first start could not be completed")]
    Setup(#[from] Refusal),
    /// The secret of the first source.
    #[error("WEBHOOK_SECRET cannot be used for source `default` of tenant `default`")]
    WebhookSecret(#[source] Refusal),
    /// The token of `API_KEY`.
    #[error("API_KEY cannot be used")]
    ApiKey(#[source] Refusal),
    /// The admin socket or the run file.
    #[error("{0} cannot be made")]
    File(&'static str, #[source] io::Error),
}

impl From<OpeningError> for StartError {
    fn from(error: OpeningError) -> Self {
        match error {
            OpeningError::Keys(error) => Self::Keys(error),
            OpeningError::Open(error) => Self::Open(error),
        }
    }
}

/// Starts an appliance; when this returns it takes traffic.
pub async fn start(setup: Setup) -> Result<Running, StartError> {
    // 1 to 3. The listeners answer that the appliance is starting.
    let Listening { lock, tls, access_log, edge, run, trigger, stop, listeners, heartbeats } =
        listen(&setup)?;
    let Setup { directory, loaded, machine, metrics, logs, given, on_loss, manager } = setup;

    // 4. The key that seals secrets, and the database: made, migrated, recovered, its index loaded.
    tell(&manager, &format!("3 of 9: the listeners are bound ({}); opening the database", run.bound()));
    let progress = Progress::default();
    let opening = Opening {
        apply: applying(&edge, &access_log, logs.clone()),
        observer: StoreObserver::new(Arc::clone(&metrics), OnFailure::EndProcess).telling(progress.clone()),
        tls: tls.clone(),
        machine: machine.clone(),
        loaded,
        metrics,
        on_loss,
    };
    let services = Arc::new(progress.tell_until(&manager, open_services(&directory, opening)).await?);
    tell(&manager, "4 of 9: the database is open, migrated and recovered, its index is loaded");

    // 5. The tenants every appliance has, and the first operator and source if their secrets were given.
    setup::create_reserved_tenants(&services.store).await?;
    complete_setup(&services, given).await?;
    tell(&manager, "5 of 9: the reserved tenants and given secrets are there");

    // 6. What the console set holds from here on, and what it sets later at once.
    report_settings(&services);
    services.settings.apply().await;
    tell(&manager, "6 of 9: the console's settings hold");

    // 7. Workers and the admin socket.
    let watched = Watched { motion: Motion::new(services.store.clone()), listeners: heartbeats };
    let tools = Tools {
        services: Arc::clone(&services),
        tls: tls.clone(),
        access_log: Arc::clone(&access_log),
        logs,
        manager: manager.clone(),
        watched,
    };
    let workers = RunningWorkers::start(tools);
    let background = open_socket(&directory.socket(), &edge, stop)
        .map_err(|error| StartError::File("the admin socket", error))?;
    tell(&manager, "7 of 9: the workers and the admin socket are there");

    // 8. The start is the first event of this run.
    setup::record_start(&services.store, env!("CARGO_PKG_VERSION")).map_err(Refusal::Unavailable)?;
    tell(&manager, "8 of 9: the start stands in the ledger");

    // 9. Ready.
    edge.open(Arc::clone(&services));
    services.health.enter(Phase::Serving);
    run.write(&directory.run_file()).map_err(|error| StartError::File("run.json", error))?;
    Ok(Running {
        directory,
        run,
        services,
        tls,
        access_log,
        machine,
        trigger,
        listeners,
        workers,
        background,
        _lock: lock,
    })
}

/// What listens while the store is being opened.
struct Listening {
    lock: DirectoryLock,
    tls: TlsKeeper,
    access_log: Arc<AccessLog>,
    edge: Arc<Edge>,
    run: RunFile,
    trigger: ShutdownTrigger,
    stop: Shutdown,
    listeners: JoinSet<Drained>,
    heartbeats: Heartbeats,
}

/// Takes the first steps of a start.
fn listen(setup: &Setup) -> Result<Listening, StartError> {
    let Setup { directory, machine, metrics, logs, manager, .. } = setup;
    let config = &setup.loaded.config;
    // 1. Nobody else works on this directory, nor can; what a crash left must not lead anybody to where nobody listens.
    check_writers(directory.path(), config.environment)?;
    let lock = directory.lock()?;
    remove_if_there(&directory.run_file()).map_err(|error| StartError::File("run.json", error))?;

    // 2. Certificates, made at the first start.
    let tls = open_certificates(config, directory, machine, metrics)?;
    tell(manager, "2 of 9: the directory is locked, the certificates can be served");

    // 3. Listeners: until the store is open they answer that the appliance is starting.
    let access_log = Arc::new(AccessLog::limited(config.logging.success_lines_per_second_max));
    let edge = make_edge(config, machine, metrics, &access_log, &tls, logs.as_deref());
    let bound = Listeners::bind(&config.listen)?;
    let run = describe(&bound, directory, &tls, machine)?;
    let (trigger, stop) = shutdown::channel();
    let (listeners, heartbeats) = bound.serve(&edge, &tls, &stop);
    Ok(Listening { lock, tls, access_log, edge, run, trigger, stop, listeners, heartbeats })
}

fn open_certificates(
    config: &Config,
    directory: &DataDirectory,
    machine: &Machine,
    metrics: &Metrics,
) -> Result<TlsKeeper, TlsError> {
    let tls = TlsKeeper::open(&config.tls, &directory.tls(), Arc::clone(&machine.clock))?;
    show_ends(&tls, metrics);
    Ok(tls)
}

/// Tells log and service manager how far the start has come: after one that hangs, the last line says where.
fn tell(manager: &ServiceManager, step: &str) {
    tracing::info!("Start: {step}");
    manager.status(&format!("Starting: {step}"));
}

/// Makes what secrets from the environment ask for, and names the sources that cannot be used.
async fn complete_setup(services: &Services, given: GivenSecrets) -> Result<(), StartError> {
    if services.store.is_read_only() {
        return Ok(());
    }
    if let Some(password) = given.operator_password
        && services.operators.list().is_empty()
    {
        services.operators.create_first(Actor::Appliance, FIRST_OPERATOR, &password).await?;
    }
    if let Some(secret) = given.webhook_secret {
        let name = || "default".to_owned();
        let first = NewSource { tenant: name(), name: name(), ..NewSource::default() };
        let ensured = services.sources.ensure(Actor::Appliance, first, secret).await;
        if ensured.map_err(StartError::WebhookSecret)? == Ensured::Rotated {
            tracing::info!("WEBHOOK_SECRET is new: the former secret of source default works for 24 h more");
        }
    }
    let text = given.api_key.as_ref().map(Secret::expose);
    match services.tokens.ensure_api_key(Actor::Appliance, text).await.map_err(StartError::ApiKey)? {
        ApiKey::Unchanged => {}
        ApiKey::Changed => tracing::info!("API_KEY is new: a former value works no more"),
        ApiKey::Revoked => tracing::warn!("API_KEY is not given any more: its token was revoked"),
    }
    for (TenantSource { tenant, source }, reason) in services.sources.unusable() {
        let (tenant, source) = (&tenant.slug, &source.name);
        tracing::warn!(tenant = %tenant, source = %source, reason, "Source {source} of {tenant} cannot be used");
    }
    Ok(())
}

async fn open_services(directory: &DataDirectory, opening: Opening) -> Result<Services, StartError> {
    let directory = directory.clone();
    let work = tokio::task::spawn_blocking(move || {
        let machine = &opening.machine;
        directory.create_database(machine.clock.as_ref(), machine.entropy.as_ref())?;
        Ok(opening.open(&directory)?)
    });
    work.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
}

/// Names the settings of the console, also those that are ignored.
fn report_settings(services: &Services) {
    let running = services.settings.running();
    for warning in running.warnings.iter().filter(|warning| warning.origin == Origin::Console) {
        tracing::warn!(setting = %warning.key, "{warning}");
    }
    for row in running.differences().filter(|row| row.origin == Origin::Console) {
        let (setting, value, origin) = (&*row.key, &row.value, &row.origin);
        tracing::info!(setting, value = %value, origin = %origin, "Setting {setting} is {value}");
    }
}

/// Returns what makes edge and logs work as the settings say.
fn applying(edge: &Arc<Edge>, access_log: &Arc<AccessLog>, logs: Option<Arc<LogHandle>>) -> Apply {
    let (edge, access_log) = (Arc::clone(edge), Arc::clone(access_log));
    Box::new(move |config: &Config| {
        edge.set_options(edge_options(config));
        access_log.set_limit(config.logging.success_lines_per_second_max);
        if let Some(logs) = &logs {
            logs.set_level(config.logging.level);
        }
    })
}

fn describe(
    bound: &Listeners,
    directory: &DataDirectory,
    tls: &TlsKeeper,
    machine: &Machine,
) -> Result<RunFile, StartError> {
    let address = |listener: &TcpListener| {
        listener.local_addr().map_err(|error| StartError::File("the listener's address", error))
    };
    let ca = tls.authority_pem().map(|_| directory.tls().join("ca.pem"));
    Ok(RunFile {
        pid: std::process::id(),
        https: Some(address(&bound.https)?),
        http: bound.http.as_ref().map(address).transpose()?,
        ops: bound.ops.as_ref().map(address).transpose()?,
        ca: ca.map(|path| path.canonicalize().unwrap_or(path)),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: machine.clock.now(),
    })
}
