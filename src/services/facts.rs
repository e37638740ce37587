//! What a running appliance tells of itself to who examines it: what only it knows, and the settings that it really
//! has, which the examining command might read differently.

use crate::config::tls::TlsConfig;
use crate::config::{Config, TlsMode};
use crate::domain::time::Timestamp;
use crate::services::all::Services;
use crate::services::limits::Forwarded;
use crate::store::error::StoreError;
use crate::tls::status::TlsStatus;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Settings that an examination rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// `store.reserve_bytes`.
    pub reserve_bytes: u64,
    /// `limits.trusted_proxies`.
    pub trusted_proxies: Vec<IpNet>,
    /// `tls.names`.
    pub names: Vec<String>,
    /// `tls.cert_file`, where the certificate is the operator's own.
    pub cert_file: Option<PathBuf>,
    /// `tls.key_file`, in the same case.
    pub key_file: Option<PathBuf>,
}

impl Ground {
    /// Takes them from the settings.
    pub fn of(config: &Config) -> Self {
        let tls = &config.tls;
        let (cert_file, key_file) = match tls.mode {
            TlsMode::Files => (tls.cert_file.clone(), tls.key_file.clone()),
            TlsMode::Own | TlsMode::Off => (None, None),
        };
        Self {
            reserve_bytes: config.store.reserve_bytes,
            trusted_proxies: config.limits.trusted_proxies.clone(),
            names: tls.names.clone(),
            cert_file,
            key_file,
        }
    }

    /// Returns the settings under which the operator's certificate is read; none with another one.
    pub fn operator_files(&self) -> Option<TlsConfig> {
        let (cert_file, key_file) = (self.cert_file.clone()?, self.key_file.clone()?);
        let (cert_file, key_file) = (Some(cert_file), Some(key_file));
        Some(TlsConfig { mode: TlsMode::Files, names: Vec::new(), cert_file, key_file })
    }
}

/// What is wrong with the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockProblem {
    /// What it is, in sentences.
    pub seen: String,
    /// What to do about it.
    pub way_out: String,
}

/// What an appliance knows of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The settings it has.
    pub ground: Ground,
    /// When the newest event was taken in; none before the first.
    pub newest_event: Option<Timestamp>,
    /// How its clock stands to what it believes; none if well.
    pub clock: Option<ClockProblem>,
    /// The certificates it serves.
    pub tls: TlsStatus,
    /// Requests that untrusted peers forwarded, since its start.
    pub forwarded: Forwarded,
}

impl Facts {
    /// Gathers them. Blocks.
    pub fn gather(services: &Services) -> Result<Self, StoreError> {
        let ground = Ground::of(&services.settings.running().config);
        let head = services.store.head()?;
        let newest_event = (head.last_seq() > 0).then_some(head.last_received_at);
        let (tls, forwarded) = (services.certificates.status(), services.forwarders.seen());
        let state = services.clock.state();
        let way_out = state.way_out().to_owned();
        let clock = state.problem().map(|seen| ClockProblem { seen, way_out });
        Ok(Self { ground, newest_event, clock, tls, forwarded })
    }
}
