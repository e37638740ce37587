//! The handle that everything else holds.

use crate::config::tls::{TlsConfig, TlsMode};
use crate::domain::time::Timestamp;
use crate::platform::clock::Clock;
use crate::platform::locks::lock;
use crate::tls::authority::{Authority, Previous};
use crate::tls::certificate::Certificate;
use crate::tls::error::TlsError;
use crate::tls::identity::Identity;
use crate::tls::name::parse_names;
use crate::tls::operator::OperatorFiles;
use crate::tls::own::{OwnFiles, Renewal, Upkeep};
use crate::tls::server::{Served, server_config};
use crate::tls::status::{CertificateStatus, TlsStatus};
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Keeps the server's certificate up to date; every copy is the same keeper.
///
/// Its operations read and write files; asynchronous callers run them on a blocking thread.
#[derive(Debug, Clone)]
pub struct TlsKeeper(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Arc<dyn Clock>,
    source: Source,
    /// What handshakes and people are shown; none in mode `off`.
    listener: Option<Listener>,
    /// One change of the files at a time.
    change: Mutex<()>,
}

#[derive(Debug)]
enum Source {
    Own(OwnFiles),
    Files(OperatorFiles),
    Off,
}

#[derive(Debug)]
struct Listener {
    config: Arc<ServerConfig>,
    served: Arc<Served>,
    view: ArcSwap<View>,
}

/// The public side of what is served.
#[derive(Debug)]
struct View {
    leaf: Certificate,
    in_order: bool,
    authority: Option<AuthorityView>,
}

#[derive(Debug)]
struct AuthorityView {
    certificate: Certificate,
    previous: Vec<Previous>,
    bundle: Arc<str>,
    /// Names of the setting that it may not certify.
    left_out: Vec<String>,
}

impl TlsKeeper {
    /// Loads what there is. In mode `own` it makes what is missing in the directory and renews what is due.
    pub fn open(config: &TlsConfig, directory: &Path, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let source = match config.mode {
            TlsMode::Own => Source::Own(OwnFiles::new(directory, parse_names(&config.names)?)),
            TlsMode::Files => Source::Files(OperatorFiles::new(config)?),
            TlsMode::Off => Source::Off,
        };
        let loaded = source.load(Renewal::WhatIsDue, clock.now())?;
        let listener = loaded.map(|(identity, view, _)| Listener::new(&identity, view)).transpose()?;
        Ok(Self(Arc::new(Inner { clock, source, listener, change: Mutex::new(()) })))
    }

    /// Returns the listener's configuration, which follows every change by itself; none in mode `off`.
    pub fn server_config(&self) -> Option<Arc<ServerConfig>> {
        self.0.listener.as_ref().map(|listener| Arc::clone(&listener.config))
    }

    /// Reads the files again. After an error the former certificate is still served.
    pub fn reload(&self) -> Result<Upkeep, TlsError> {
        self.change(Renewal::WhatIsDue)
    }

    /// Renews what is due at this time; to be called every now and then. A certificate that was issued while the machine's
    /// clock was ahead is issued again. The operator's files are left alone.
    pub fn renew_if_due(&self, now: Timestamp) -> Result<Upkeep, TlsError> {
        if self.only_own().is_err() {
            return Ok(Upkeep::Unchanged);
        }
        self.change_at(Renewal::WhatIsDue, now)
    }

    /// Issues a new server certificate now.
    pub fn renew(&self) -> Result<Upkeep, TlsError> {
        self.only_own()?;
        self.change(Renewal::NewLeaf)
    }

    /// Makes a new authority and a server certificate from it; the old authority stays trusted for 30 days.
    pub fn rotate_ca(&self) -> Result<Upkeep, TlsError> {
        self.only_own()?;
        self.change(Renewal::NewAuthority)
    }

    /// Describes the present certificates.
    pub fn status(&self) -> TlsStatus {
        let now = self.0.clock.now();
        let view = self.view();
        let authority = view.as_ref().and_then(|view| view.authority.as_ref());
        TlsStatus {
            mode: self.0.source.mode().to_owned(),
            certificate: view.as_ref().map(|view| CertificateStatus::of(&view.leaf, now)),
            chain_in_order: view.as_ref().is_none_or(|view| view.in_order),
            authority: authority.map(|authority| CertificateStatus::of(&authority.certificate, now)),
            names_left_out: authority.map_or_else(Vec::new, |authority| authority.left_out.clone()),
            previous_authorities: authority.map_or_else(Vec::new, |authority| {
                // Clients stop trusting it by the clock, not when the next upkeep takes it off the file.
                let trusted = authority.previous.iter().filter(|previous| previous.cross.not_after > now);
                trusted.map(Into::into).collect()
            }),
        }
    }

    /// Returns when the server's certificate ends; none in mode `off`.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.view().map(|view| view.leaf.not_after)
    }

    /// Returns when the own authority ends; none in the other modes.
    pub fn authority_expires_at(&self) -> Option<Timestamp> {
        self.view()?.authority.as_ref().map(|authority| authority.certificate.not_after)
    }

    /// Returns what clients should trust (the contents of `ca.pem`); none without an own authority.
    pub fn authority_pem(&self) -> Option<Arc<str>> {
        self.view()?.authority.as_ref().map(|authority| Arc::clone(&authority.bundle))
    }

    fn view(&self) -> Option<Arc<View>> {
        self.0.listener.as_ref().map(|listener| listener.view.load_full())
    }

    fn only_own(&self) -> Result<(), TlsError> {
        match self.0.source {
            Source::Own(_) => Ok(()),
            Source::Files(_) | Source::Off => Err(TlsError::NotOwn(self.0.source.mode())),
        }
    }

    fn change(&self, renewal: Renewal) -> Result<Upkeep, TlsError> {
        self.change_at(renewal, self.0.clock.now())
    }

    fn change_at(&self, renewal: Renewal, now: Timestamp) -> Result<Upkeep, TlsError> {
        let _one_at_a_time = lock(&self.0.change);
        let loaded = self.0.source.load(renewal, now)?;
        let (Some(listener), Some((identity, view, upkeep))) = (&self.0.listener, loaded) else {
            return Ok(Upkeep::Unchanged);
        };
        listener.served.replace(&identity);
        listener.view.store(Arc::new(view));
        Ok(upkeep)
    }
}

impl Source {
    fn mode(&self) -> &'static str {
        match self {
            Self::Own(_) => "own",
            Self::Files(_) => "files",
            Self::Off => "off",
        }
    }

    fn load(&self, renewal: Renewal, now: Timestamp) -> Result<Option<(Identity, View, Upkeep)>, TlsError> {
        match self {
            Self::Own(files) => {
                let (authority, identity, upkeep) = files.keep_up(renewal, now)?;
                let left_out = files.left_out(&authority);
                let view = View::of(&identity, Some(AuthorityView::of(authority, left_out)));
                Ok(Some((identity, view, upkeep)))
            }
            Self::Files(files) => {
                let identity = files.load(now)?;
                let view = View::of(&identity, None);
                Ok(Some((identity, view, Upkeep::Unchanged)))
            }
            Self::Off => Ok(None),
        }
    }
}

impl View {
    fn of(identity: &Identity, authority: Option<AuthorityView>) -> Self {
        Self { leaf: identity.leaf.clone(), in_order: identity.is_in_order(), authority }
    }
}

impl Listener {
    fn new(identity: &Identity, view: View) -> Result<Self, TlsError> {
        let served = Served::new(identity);
        let config = server_config(Arc::clone(&served))?;
        Ok(Self { config, served, view: ArcSwap::from_pointee(view) })
    }
}

impl AuthorityView {
    fn of(authority: Authority, left_out: Vec<String>) -> Self {
        let bundle = authority.bundle_pem().into();
        Self { certificate: authority.certificate, previous: authority.previous, bundle, left_out }
    }
}
