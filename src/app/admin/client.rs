//! Reaching an appliance: through its socket, or by opening its files.

use crate::app::admin::dispatch::Dispatcher;
use crate::app::admin::protocol::{ANSWER_LEN_MAX, Answer, Request};
use crate::app::directory::{DataDirectory, DirectoryError};
use crate::app::observer::{OnFailure, StoreObserver};
use crate::app::opening::{Opening, OpeningError};
use crate::config::Loaded;
use crate::platform::files::{DirectoryLock, LockError};
use crate::platform::machine::Machine;
use crate::services::refusal::Refusal;
use crate::services::setup::create_reserved_tenants;
use crate::store::error::StoreError;
use crate::store::options::OnLoss;
use crate::telemetry::metrics::Metrics;
use crate::tls::error::TlsError;
use crate::tls::keeper::TlsKeeper;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

/// An appliance that commands can be given to.
#[derive(Debug)]
pub enum Appliance {
    /// It runs; its socket is used.
    Running(PathBuf),
    /// It does not run; this process has opened its files.
    Stopped(Box<Opened>),
}

/// The files of an appliance that does not run.
#[derive(Debug)]
pub struct Opened {
    dispatcher: Dispatcher,
    _lock: DirectoryLock,
}

/// Why an appliance could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
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
    /// The socket.
    #[error("the running appliance did not answer on its admin socket")]
    Socket(#[source] io::Error),
}

impl Appliance {
    /// Reaches the appliance of a data directory that exists.
    pub async fn reach(
        directory: &DataDirectory,
        loaded: &Loaded,
        machine: &Machine,
    ) -> Result<Self, ReachError> {
        match directory.lock() {
            Ok(lock) => Ok(Self::Stopped(Box::new(Opened::open(lock, directory, loaded, machine).await?))),
            Err(DirectoryError::Lock(_, LockError::Held)) => Ok(Self::Running(directory.socket())),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells whether the appliance runs.
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Running(_))
    }

    /// Has a request carried out.
    pub async fn ask(&self, request: Request) -> Result<Answer, ReachError> {
        match self {
            Self::Running(socket) => ask_through(socket, &request).await.map_err(ReachError::Socket),
            Self::Stopped(opened) => Ok(opened.dispatcher.carry_out(request).await),
        }
    }

    /// Closes what was opened.
    pub async fn close(self) -> Result<(), ReachError> {
        match self {
            Self::Running(_) => Ok(()),
            Self::Stopped(opened) => opened.close().await,
        }
    }
}

impl Opened {
    /// Opens the files of a locked directory; the reserved tenants are made if they are missing.
    pub async fn open(
        lock: DirectoryLock,
        directory: &DataDirectory,
        loaded: &Loaded,
        machine: &Machine,
    ) -> Result<Self, ReachError> {
        let tls = TlsKeeper::open(&loaded.config.tls, &directory.tls(), Arc::clone(&machine.clock))?;
        let metrics = Arc::new(Metrics::new(machine.clock.now()));
        let opening = Opening {
            loaded: loaded.clone(),
            machine: machine.clone(),
            tls: tls.clone(),
            observer: StoreObserver::new(Arc::clone(&metrics), OnFailure::Report),
            metrics,
            on_loss: OnLoss::Refuse,
            apply: Box::new(|_config| ()),
        };
        let services = Arc::new(opening.open(directory)?);
        create_reserved_tenants(&services.store).await?;
        Ok(Self { dispatcher: Dispatcher::new(services, tls), _lock: lock })
    }

    /// Returns what carries requests out.
    pub fn dispatcher(&self) -> &Dispatcher {
        &self.dispatcher
    }

    /// Makes everything durable and closes the database.
    pub async fn close(self) -> Result<(), ReachError> {
        let store = self.dispatcher.parts.store.clone();
        let closed = tokio::task::spawn_blocking(move || store.close()).await;
        Ok(closed.unwrap_or(Err(StoreError::Stopped))?)
    }
}

async fn ask_through(socket: &PathBuf, request: &Request) -> io::Result<Answer> {
    let mut stream = UnixStream::connect(socket).await?;
    let mut bytes = serde_json::to_vec(request)?;
    bytes.push(b'\n');
    stream.write_all(&bytes).await?;
    let mut line = Vec::new();
    BufReader::new(stream.take(ANSWER_LEN_MAX)).read_until(b'\n', &mut line).await?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(serde_json::from_slice(&line)?)
}
