//! Start, as a numbered story.

use crate::app::admin::dispatch::Dispatcher;
use crate::app::admin::server;
use crate::app::directory::{DataDirectory, DirectoryError};
use crate::app::drain::Running;
use crate::app::keys::error::KeysError;
use crate::app::observer::OnFailure;
use crate::app::parts::{Machine, Parts, PartsError};
use crate::app::run_file::RunFile;
use crate::app::workers::{self, Tools};
use crate::config::{Config, Retention, TlsMode};
use crate::domain::secret::Secret;
use crate::domain::source::{AutomaticKeys, Unsigned};
use crate::domain::time::format_duration;
use crate::platform::shutdown::{self, Shutdown};
use crate::services::audit::Actor;
use crate::services::health::Phase;
use crate::services::refusal::Refusal;
use crate::services::sources::{Ensured, NewSource, Registered};
use crate::services::{setup, upkeep};
use crate::store::error::OpenError;
use crate::store::options::OnLoss;
use crate::telemetry::access::AccessLog;
use crate::telemetry::logs::LogHandle;
use crate::telemetry::metrics::Metrics;
use crate::tls::error::TlsError;
use crate::tls::keeper::TlsKeeper;
use crate::web::edge::{Edge, EdgeParts};
use crate::web::listener::{self, Drained};
use crate::web::options::EdgeOptions;
use crate::web::router;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Name of the operator that `MAINSTAY_OPERATOR_PASSWORD` creates.
const FIRST_OPERATOR: &str = "owner";

/// How long the former `WEBHOOK_SECRET` works on after a new one was given.
const SOURCE_OVERLAP: Duration = Duration::from_hours(24);

/// What an appliance is started with.
#[derive(Debug)]
pub struct Setup {
    /// Its data directory.
    pub directory: DataDirectory,
    /// Its settings.
    pub config: Config,
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
}

/// Secrets that the environment gives.
#[derive(Clone, Debug, Default)]
pub struct GivenSecrets {
    /// Password of the first operator, used only while there is none.
    pub operator_password: Option<Secret>,
    /// Secret of source `default` of tenant `default`.
    pub webhook_secret: Option<Secret>,
}

/// Why an appliance could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The certificates.
    #[error("the certificates cannot be used")]
    Tls(#[from] TlsError),
    /// A listener.
    #[error("cannot listen on {0}; hint: is another program there? choose another address with {1}")]
    Listen(SocketAddr, &'static str, #[source] io::Error),
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
    /// The admin socket or the run file.
    #[error("{0} cannot be made")]
    File(&'static str, #[source] io::Error),
}

impl From<PartsError> for StartError {
    fn from(error: PartsError) -> Self {
        match error {
            PartsError::Keys(error) => Self::Keys(error),
            PartsError::Open(error) => Self::Open(error),
        }
    }
}

/// The listeners as bound, in the order https, http, ops.
struct Bound {
    https: TcpListener,
    http: Option<TcpListener>,
    ops: Option<TcpListener>,
}

/// Starts an appliance; when this returns it takes traffic.
pub async fn start(setup: Setup) -> Result<Running, StartError> {
    let Setup { directory, config, machine, metrics, logs, given, on_loss } = setup;

    // 1. Nobody else works on this directory; what a crash left must not lead anybody to where nobody listens.
    let lock = directory.lock()?;
    RunFile::remove(&directory.run_file()).map_err(|error| StartError::File("run.json", error))?;

    // 2. Certificates, made at the first start.
    let tls = TlsKeeper::open(&config.tls, &directory.tls(), Arc::clone(&machine.clock))?;
    if let Some(not_after) = tls.expires_at() {
        metrics.certificate_expires(not_after);
    }

    // 3. Listeners: until the store is open they answer that the appliance is starting.
    let access_log = Arc::new(AccessLog::limited(config.logging.success_lines_per_second_max));
    let edge = make_edge(&config, &machine, &metrics, &access_log, &tls);
    let bound = bind_all(&config)?;
    let run = describe(&bound, &directory, &tls, &machine)?;
    let (trigger, stop) = shutdown::channel();
    let listeners = listen(bound, &edge, &tls, &stop, &config);

    // 4. The key that seals secrets, and the database: made, migrated, recovered, its index loaded.
    let parts = open_store(&directory, &config, &machine, &metrics, on_loss).await?;

    // 5. The tenants every appliance has, and the first operator and source if their secrets were given.
    setup::create_reserved_tenants(&parts.store).await?;
    complete_setup(&parts, given).await?;

    // 6. Workers and the admin socket.
    let tools =
        Tools { parts: parts.clone(), tls: tls.clone(), metrics, access_log: Arc::clone(&access_log), logs };
    let background = begin_background(&tools, &directory, &machine, &stop)?;

    // 7. The start is the first event of this run.
    setup::record_start(&parts.store, env!("CARGO_PKG_VERSION")).map_err(Refusal::Unavailable)?;

    // 8. Ready.
    edge.open(parts.services());
    parts.health.enter(Phase::Serving);
    run.write(&directory.run_file()).map_err(|error| StartError::File("run.json", error))?;
    Ok(Running {
        directory,
        run,
        parts,
        tls,
        access_log,
        machine,
        trigger,
        listeners,
        background,
        _lock: lock,
    })
}

/// Starts what goes on beside requests, until the stop.
fn begin_background(
    tools: &Tools,
    directory: &DataDirectory,
    machine: &Machine,
    stop: &Shutdown,
) -> Result<JoinSet<()>, StartError> {
    let mut background = JoinSet::new();
    for worker in workers::all(tools) {
        background.spawn(upkeep::run(worker, Arc::clone(&machine.clock), stop.clone()));
    }
    background.spawn(tools.parts.live.clone().run(stop.clone()));
    tools.parts.health.watch_certificate(tools.tls.clone());
    background.spawn(tools.parts.jobs.clone().run(stop.clone()));
    background.spawn(tools.parts.health.clone().run(stop.clone()));
    let socket =
        server::bind(&directory.socket()).map_err(|error| StartError::File("the admin socket", error))?;
    let dispatcher = Dispatcher::new(tools.parts.clone(), tools.tls.clone());
    background.spawn(server::serve(socket, dispatcher, stop.clone()));
    Ok(background)
}

/// Makes what secrets from the environment ask for, and names the sources that cannot be used.
async fn complete_setup(parts: &Parts, given: GivenSecrets) -> Result<(), StartError> {
    if parts.store.is_read_only() {
        return Ok(());
    }
    if let Some(password) = given.operator_password
        && parts.operators.list().is_empty()
    {
        parts.operators.create_first(Actor::Appliance, FIRST_OPERATOR, &password).await?;
    }
    if let Some(secret) = given.webhook_secret {
        let ensured = parts.sources.ensure(Actor::Appliance, first_source(), secret, SOURCE_OVERLAP).await;
        if ensured.map_err(StartError::WebhookSecret)? == Ensured::Rotated {
            tracing::info!("WEBHOOK_SECRET is new: the former secret of source default works for 24 h more");
        }
    }
    for (Registered { tenant, source }, reason) in parts.sources.unusable() {
        let (tenant, source) = (&tenant.slug, &source.name);
        tracing::warn!(tenant = %tenant, source = %source, reason, "Source {source} of {tenant} cannot be used");
    }
    Ok(())
}

fn first_source() -> NewSource {
    NewSource {
        tenant: "default".to_owned(),
        name: "default".to_owned(),
        scheme: None,
        secret: None,
        default_type: None,
        notification_url: None,
        automatic_keys: AutomaticKeys::On,
        unsigned: Unsigned::Refused,
    }
}

async fn open_store(
    directory: &DataDirectory,
    config: &Config,
    machine: &Machine,
    metrics: &Arc<Metrics>,
    on_loss: OnLoss,
) -> Result<Parts, StartError> {
    let (directory, config, machine) = (directory.clone(), config.clone(), machine.clone());
    let metrics = Arc::clone(metrics);
    let work = tokio::task::spawn_blocking(move || {
        directory.create_database(machine.clock.as_ref(), machine.entropy.as_ref())?;
        let on_failure = OnFailure::EndProcess;
        Ok(Parts::open(&directory, &config, &machine, metrics, on_failure, on_loss)?)
    });
    work.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
}

fn make_edge(
    config: &Config,
    machine: &Machine,
    metrics: &Arc<Metrics>,
    access_log: &Arc<AccessLog>,
    tls: &TlsKeeper,
) -> Arc<Edge> {
    let tls = tls.clone();
    Edge::new(EdgeParts {
        options: edge_options(config),
        metrics: Arc::clone(metrics),
        access_log: Arc::clone(access_log),
        clock: Arc::clone(&machine.clock),
        entropy: Arc::clone(&machine.entropy),
        authority_pem: Arc::new(move || tls.authority_pem()),
    })
}

fn edge_options(config: &Config) -> EdgeOptions {
    let limits = &config.limits;
    EdgeOptions {
        body_bytes_max: limits.body_bytes_max,
        request_timeout: limits.request_timeout,
        connection_timeout: limits.connection_timeout,
        requests_per_socket_max: u32::try_from(limits.requests_per_socket_max).unwrap_or(u32::MAX),
        in_flight_max: limits.in_flight_max,
        streams_max: limits.streams_max,
        connections_max: config.listen.connections_max,
        connections_per_address_max: config.listen.connections_per_address_max,
        ops_allow: config.ops.allow.clone(),
        trusted_proxies: limits.trusted_proxies.clone(),
        exempt_networks: limits.exempt_networks.clone(),
        cors_origins: config.cors.origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
        key_retention: match config.idempotency.retention {
            Retention::For(duration) => format_duration(duration),
            Retention::Never => "never ends".to_owned(),
        },
        auto_key_window: format_duration(config.idempotency.auto_window),
        client_address: config.logging.client_address,
        strict_transport: config.tls.mode == TlsMode::Files && config.listen.https.port() == 443,
    }
}

fn bind_all(config: &Config) -> Result<Bound, StartError> {
    let bind = |address: SocketAddr, setting| {
        listener::bind(address).map_err(|error| StartError::Listen(address, setting, error))
    };
    let listen = &config.listen;
    Ok(Bound {
        https: bind(listen.https, "listen.https")?,
        http: listen.http.map(|address| bind(address, "listen.http")).transpose()?,
        ops: listen.ops.map(|address| bind(address, "listen.ops")).transpose()?,
    })
}

fn describe(
    bound: &Bound,
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

fn listen(
    bound: Bound,
    edge: &Arc<Edge>,
    tls: &TlsKeeper,
    stop: &Shutdown,
    config: &Config,
) -> JoinSet<Drained> {
    let drain = config.shutdown.drain_timeout;
    let mut listeners = JoinSet::new();
    if let Ok(address) = bound.https.local_addr() {
        edge.https_bound(address.port());
    }
    let acceptor = tls.server_config().map(Into::into);
    let (routes, kept) = (router::build(edge), Arc::clone(edge));
    listeners.spawn(listener::run(bound.https, acceptor, routes, kept, stop.clone(), drain));
    if let Some(http) = bound.http {
        let (routes, kept) = (router::build_redirect(edge), Arc::clone(edge));
        listeners.spawn(listener::run(http, None, routes, kept, stop.clone(), drain));
    }
    if let Some(ops) = bound.ops {
        let (routes, kept) = (router::build_operations(edge), Arc::clone(edge));
        listeners.spawn(listener::run(ops, None, routes, kept, stop.clone(), drain));
    }
    listeners
}
