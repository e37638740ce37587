//! An appliance that does not run: a command opens its files and asks the same router in memory.

use crate::app::directory::{DataDirectory, DirectoryError};
use crate::app::observer::{OnFailure, StoreObserver};
use crate::app::opening::{Opening, OpeningError};
use crate::app::options::make_edge;
use crate::app::routes::ROUTES;
use crate::config::Loaded;
use crate::http::edge::Edge;
use crate::http::router;
use crate::platform::files::{DirectoryLock, LockError};
use crate::platform::machine::Machine;
use crate::services::all::Services;
use crate::services::health::Phase;
use crate::services::refusal::Refusal;
use crate::services::setup::create_reserved_tenants;
use crate::store::error::StoreError;
use crate::store::options::OnLoss;
use crate::telemetry::access::AccessLog;
use crate::telemetry::metrics::Metrics;
use crate::tls::error::TlsError;
use crate::tls::keeper::TlsKeeper;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use std::error::Error;
use std::sync::Arc;
use tower::ServiceExt;

/// The answer to a command's request, whatever way it took.
pub type Answered = Response<UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>>;

/// The opened files of an appliance that does not run.
#[derive(Debug)]
pub struct Offline {
    services: Arc<Services>,
    edge: Arc<Edge>,
    _lock: DirectoryLock,
}

/// Why an appliance could not be opened or closed.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// The data directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The keys or the database.
    #[error(transparent)]
    Opening(#[from] OpeningError),
    /// The certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The reserved tenants.
    #[error(transparent)]
    Setup(#[from] Refusal),
    /// Closing failed.
    #[error("closing the database failed")]
    Close(#[from] StoreError),
}

impl Offline {
    /// Opens the files of a directory; none if another process holds it, which then runs the appliance.
    pub async fn reach(
        directory: &DataDirectory,
        loaded: &Loaded,
        machine: &Machine,
    ) -> Result<Option<Self>, OfflineError> {
        match directory.lock() {
            Ok(lock) => Self::open(lock, directory, loaded, machine).await.map(Some),
            Err(DirectoryError::Lock(_, LockError::Held)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the files of a locked directory; the reserved tenants are made if they are missing.
    pub async fn open(
        lock: DirectoryLock,
        directory: &DataDirectory,
        loaded: &Loaded,
        machine: &Machine,
    ) -> Result<Self, OfflineError> {
        let config = &loaded.config;
        let tls = TlsKeeper::open(&config.tls, &directory.tls(), Arc::clone(&machine.clock))?;
        let metrics = Arc::new(Metrics::new(machine.clock.now()));
        let edge = make_edge(config, machine, &metrics, &Arc::new(AccessLog::new()), &tls, None);
        let opening = Opening {
            loaded: loaded.clone(),
            machine: machine.clone(),
            tls,
            observer: StoreObserver::new(Arc::clone(&metrics), OnFailure::Report),
            metrics,
            on_loss: OnLoss::Refuse,
            apply: Box::new(|_config| ()),
        };
        let services = Arc::new(opening.open(directory)?);
        create_reserved_tenants(&services.store).await?;
        services.health.enter(Phase::Serving);
        edge.open(Arc::clone(&services));
        Ok(Self { services, edge, _lock: lock })
    }

    /// Answers a request as the admin socket of a running appliance does.
    pub async fn ask(&self, request: Request<Full<Bytes>>) -> Answered {
        let Ok(answer) = router::build_local(&self.edge, &ROUTES).oneshot(request).await;
        answer.map(|body| body.map_err(Into::into).boxed_unsync())
    }

    /// Makes everything durable and closes the database.
    pub async fn close(self) -> Result<(), OfflineError> {
        let store = self.services.store.clone();
        let closed = tokio::task::spawn_blocking(move || store.close()).await;
        Ok(closed.unwrap_or(Err(StoreError::Stopped))?)
    }
}
