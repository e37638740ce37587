//! An appliance in this process, on a clock that stands.

use crate::actor::Actor;
use crate::place::Place;
use crate::provider::Provider;
use axum::Router;
use mainstay::app::directory::DataDirectory;
use mainstay::app::observer::{OnFailure, StoreObserver};
use mainstay::app::opening::Opening;
use mainstay::app::options::edge_options;
use mainstay::app::routes::ROUTES;
use mainstay::config::{ClientAddress, Config, Loaded};
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::domain::secret::Secret;
use mainstay::domain::source::Unsigned;
use mainstay::domain::time::Timestamp;
use mainstay::domain::time::format_duration;
use mainstay::http::edge::{Edge, EdgeParts};
use mainstay::http::options::EdgeOptions;
use mainstay::http::router;
use mainstay::platform::clock::{Clock, ManualClock};
use mainstay::platform::entropy::{Entropy, SeededEntropy};
use mainstay::platform::files::DirectoryLock;
use mainstay::platform::machine::Machine;
use mainstay::platform::shutdown::{self, ShutdownTrigger};
use mainstay::platform::workers::Supervisor;
use mainstay::services::all::Services;
use mainstay::services::audit;
use mainstay::services::health::Phase;
use mainstay::services::live::Ending;
use mainstay::services::operators::{Begun, Confirmed, NewOperator};
use mainstay::services::setup::create_reserved_tenants;
use mainstay::services::sources::NewSource;
use mainstay::services::tenants::NewTenant;
use mainstay::services::tenants::TenantChange;
use mainstay::services::tokens::NewToken;
use mainstay::store::options::OnLoss;
use mainstay::telemetry::access::AccessLog;
use mainstay::telemetry::metrics::Metrics;
use mainstay::tls::keeper::TlsKeeper;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

/// What `/ca.pem` answers.
pub(crate) const AUTHORITY: &str = "-----BEGIN CERTIFICATE-----\n";

/// Scopes of somebody who sends and reads.
pub(crate) const BOTH: &[Scope] = &[Scope::EventsWrite, Scope::EventsRead];

/// Every operator's password.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// An appliance without sockets, in a directory of its own.
#[derive(Debug)]
pub(crate) struct TestApp {
    /// The present moment.
    pub(crate) clock: Arc<ManualClock>,
    config: Config,
    starts: u64,
    // Closed before the directory goes.
    opened: Opened,
    place: Place,
}

/// What goes with a stop.
#[derive(Debug)]
struct Opened {
    parts: Arc<Services>,
    edge: Arc<Edge>,
    /// Ends the workers when it is dropped.
    _stop: ShutdownTrigger,
    _lock: DirectoryLock,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.parts.live.end(Ending::Draining);
        let _ = self.parts.store.close();
    }
}

impl TestApp {
    /// Starts an appliance with small journal segments, so that they wrap round.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// Starts one with other settings.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.store.journal_segment_bytes = 256 * 1024;
        config.store.ballast_bytes = 0;
        config.store.reserve_bytes = 1024 * 1024;
        config.store.cache_bytes = 4 * 1024 * 1024;
        config.limits.body_bytes_max = 64 * 1024;
        change(&mut config);
        let place = Place::new();
        let clock = Arc::new(ManualClock::new(Timestamp::parse("2026-03-01T12:00:00Z").unwrap()));
        let opened = open(&place, &config, &clock, 1).await;
        Self { clock, config, starts: 1, opened, place }
    }

    /// Stops the appliance and starts it again on the same directory.
    pub(crate) async fn restart(self) -> Self {
        Box::pin(self.restart_with(|_| ())).await
    }

    /// The same with other settings.
    pub(crate) async fn restart_with(self, change: impl FnOnce(&mut Config)) -> Self {
        let Self { clock, mut config, starts, opened, place } = self;
        change(&mut config);
        drop(opened);
        let opened = Box::pin(open(&place, &config, &clock, starts + 1)).await;
        Self { clock, config, starts: starts + 1, opened, place }
    }

    /// Returns the services.
    pub(crate) fn parts(&self) -> &Arc<Services> {
        &self.opened.parts
    }

    /// Returns the state behind the routers.
    pub(crate) fn edge(&self) -> &Arc<Edge> {
        &self.opened.edge
    }

    /// Returns what the HTTPS listener serves.
    pub(crate) fn router(&self) -> Router {
        router::build(self.edge(), &ROUTES)
    }

    /// Somebody without a credential.
    pub(crate) fn anonymous(&self) -> Actor {
        Actor::anonymous(self.router())
    }

    /// Somebody with access to the machine, before the admin socket.
    pub(crate) fn command_line(&self) -> Actor {
        self.anonymous().on_plain(router::build_local(self.edge(), &ROUTES))
    }

    /// Creates a tenant and returns somebody who sends and reads there.
    pub(crate) async fn tenant(&self, slug: &str) -> Actor {
        self.create_tenant(slug).await;
        self.token(slug, BOTH).await
    }

    /// Creates a tenant.
    pub(crate) async fn create_tenant(&self, slug: &str) {
        let new = NewTenant { slug: slug.to_owned(), name: None };
        self.parts().tenants.create(audit::Actor::CommandLine, new).await.unwrap();
    }

    /// Holder of a new token of a tenant.
    pub(crate) async fn token(&self, tenant: &str, scopes: &[Scope]) -> Actor {
        self.token_for(tenant, scopes, None).await
    }

    /// Holder of a new token that expires.
    pub(crate) async fn token_for(
        &self,
        tenant: &str,
        scopes: &[Scope],
        valid_for: Option<Duration>,
    ) -> Actor {
        let scopes = scopes.iter().copied().collect();
        let expires_in = valid_for.map(format_duration);
        let new = NewToken { tenant: tenant.to_owned(), name: "till".to_owned(), scopes, expires_in };
        let (_token, text) =
            self.parts().tokens.create(audit::Actor::CommandLine, new).await.expect("the tenant is there");
        self.anonymous().with_token(&text)
    }

    /// Holder of a token that acts on the whole appliance.
    pub(crate) async fn system_token(&self, scopes: &[Scope]) -> Actor {
        self.token("system", scopes).await
    }

    /// An operator of the role, of the same name, who is signed in.
    pub(crate) async fn operator(&self, role: Role) -> Actor {
        let (name, password) = (role.as_str(), Some(Secret::new(PASSWORD.to_owned())));
        let operators = &self.parts().operators;
        let new = NewOperator { name: name.to_owned(), role, password };
        operators.create(audit::Actor::CommandLine, new).await.unwrap();
        let begun = self.begin_session(name, Ipv4Addr::LOCALHOST.into(), "Browser/1");
        self.anonymous().with_session(&begun.text)
    }

    /// Begins a session of an operator.
    pub(crate) fn begin_session(&self, name: &str, address: IpAddr, agent: &str) -> Begun {
        let operator = self.parts().operators.find(name).unwrap();
        self.parts().sessions.begin(&operator, address, agent).expect("the operator is there")
    }

    /// Types an operator's password.
    pub(crate) async fn confirmed(&self, name: &str) -> Confirmed {
        let operator = self.parts().operators.find(name).unwrap();
        let password = Secret::new(PASSWORD.to_owned());
        self.parts().logins.confirm(&operator, password).await.unwrap().expect("that is the password")
    }

    /// Revokes an actor's token.
    pub(crate) async fn revoke(&self, actor: &Actor) {
        let id = actor.token().split('_').nth(1).unwrap();
        self.parts().tokens.revoke(audit::Actor::CommandLine, id).await.unwrap();
    }

    /// Changes a tenant.
    pub(crate) async fn change_tenant(&self, slug: &str, change: TenantChange) {
        self.parts().tenants.change(audit::Actor::CommandLine, slug, change).await.unwrap();
    }

    /// Deletes a tenant.
    pub(crate) async fn delete_tenant(&self, slug: &str) {
        self.parts().tenants.delete(audit::Actor::CommandLine, slug).await.unwrap();
    }

    /// Creates a source and returns it as its provider.
    pub(crate) async fn source(&self, tenant: &str, name: &str, scheme: &str, secret: &str) -> Provider {
        self.source_with(tenant, name, scheme, secret, |_| ()).await
    }

    /// The same with more said about it.
    pub(crate) async fn source_with(
        &self,
        tenant: &str,
        name: &str,
        scheme: &str,
        secret: &str,
        change: impl FnOnce(&mut NewSource),
    ) -> Provider {
        let mut new = NewSource {
            tenant: tenant.to_owned(),
            name: name.to_owned(),
            scheme: Some(scheme.to_owned()),
            secret: (scheme != "none").then(|| Secret::new(secret.to_owned())),
            unsigned: (scheme == "none").then_some(Unsigned::Allowed),
            ..NewSource::default()
        };
        change(&mut new);
        self.parts().sources.create(audit::Actor::CommandLine, new).await.expect("the source can be made");
        Provider::new(self.anonymous(), tenant, name, secret)
    }

    /// Returns how many events are in the ledger, of all tenants.
    pub(crate) fn ledger_len(&self) -> u64 {
        self.parts().store.last_seq()
    }
}

async fn open(place: &Place, config: &Config, clock: &Arc<ManualClock>, seed: u64) -> Opened {
    let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(clock);
    let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(seed << 32));
    let machine = Machine { clock: Arc::clone(&clock), entropy: Arc::clone(&entropy) };
    let directory = DataDirectory::create(&place.join("data")).unwrap();
    let lock = directory.lock().unwrap();
    directory.create_database(clock.as_ref(), entropy.as_ref()).unwrap();
    let metrics = Arc::new(Metrics::new(clock.now()));
    let edge = unopened_edge(config, Arc::clone(&metrics), machine.clone());
    let applied = Arc::clone(&edge);
    let tls = TlsKeeper::open(&config.tls, &directory.tls(), Arc::clone(&clock)).unwrap();
    let opening = Opening {
        loaded: Loaded::of(config.clone()),
        machine,
        tls: tls.clone(),
        observer: StoreObserver::new(Arc::clone(&metrics), OnFailure::Report),
        metrics,
        on_loss: OnLoss::Refuse,
        apply: Box::new(move |config| {
            let options = edge_options(config);
            applied.set_options(EdgeOptions { client_address: ClientAddress::Masked, ..options });
        }),
    };
    let parts = Arc::new(opening.open(&directory).unwrap());
    // As the first step of the worker does: where the clock is wrong, a start issues a certificate of another time.
    tls.renew_if_due(parts.store.clock().now()).unwrap();
    create_reserved_tenants(&parts.store).await.unwrap();
    parts.settings.apply().await;
    edge.open(Arc::clone(&parts));
    parts.health.enter(Phase::Serving);
    let (stop, stopped) = shutdown::channel();
    for worker in [parts.live.worker(), parts.jobs.worker()] {
        let supervisor = Supervisor::new(worker, Arc::clone(&clock), &parts.workers);
        tokio::spawn(supervisor.run(stopped.clone()));
    }
    // Whoever runs beside is under way before the first request.
    tokio::task::yield_now().await;
    Opened { parts, edge, _stop: stop, _lock: lock }
}

/// Makes an edge that has not been opened yet.
pub(crate) fn unopened_edge(config: &Config, metrics: Arc<Metrics>, machine: Machine) -> Arc<Edge> {
    Edge::new(EdgeParts {
        options: EdgeOptions { client_address: ClientAddress::Masked, ..edge_options(config) },
        metrics,
        access_log: Arc::new(AccessLog::new()),
        lines: Arc::default(),
        clock: machine.clock,
        entropy: machine.entropy,
        authority_pem: Arc::new(|| Some(AUTHORITY.into())),
    })
}
