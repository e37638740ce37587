//! The certificates: shown, renewed, and the authority rotated.

use crate::domain::request::IdempotentRequest;
use crate::services::audit::{self, Actor};
use crate::services::refusal::Refusal;
use crate::services::request::{self, Request};
use crate::store::error::ErrorChain;
use crate::store::handle::Store;
use crate::telemetry::metrics::Metrics;
use crate::tls::Upkeep;
use crate::tls::error::TlsError;
use crate::tls::keeper::TlsKeeper;
use crate::tls::status::TlsStatus;
use serde_json::json;
use std::sync::Arc;

/// Where the certificates are among what is managed.
pub const PLACE: &str = "certificate";

/// Shows and changes the certificates. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Certificates {
    store: Store,
    tls: TlsKeeper,
    /// Shows when the certificate ends.
    metrics: Arc<Metrics>,
}

/// A change of the certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateChange {
    /// A new certificate for the server.
    Renewal,
    /// A new authority, and from it a new certificate.
    Rotation,
}

impl Certificates {
    /// Shows and changes the certificates of `tls`, and records changes in the store.
    pub fn new(store: Store, tls: TlsKeeper, metrics: Arc<Metrics>) -> Self {
        Self { store, tls, metrics }
    }

    /// Describes the present certificates.
    pub fn status(&self) -> TlsStatus {
        self.tls.status()
    }

    /// Has a certificate issued now; returns what is served then.
    pub async fn issue(
        &self,
        request: impl Into<Request>,
        change: CertificateChange,
    ) -> Result<TlsStatus, Refusal> {
        let (certificates, Request { actor, once }) = (self.clone(), request.into());
        request::to_its_end(async move {
            let store = &certificates.store;
            if let Some(request) = once {
                store.begin_request::<Refusal>(request).await?;
            }
            let issued = certificates.issue_now(change).await;
            match &issued {
                Ok(status) => certificates.record(&actor, once, change, status).await,
                Err(_refusal) => drop(once.inspect(|request| store.abandon_request(request))),
            }
            issued
        })
        .await
    }

    async fn issue_now(&self, change: CertificateChange) -> Result<TlsStatus, Refusal> {
        let tls = self.tls.clone();
        let work = move || {
            let _upkeep: Upkeep = match change {
                CertificateChange::Renewal => tls.renew()?,
                CertificateChange::Rotation => tls.rotate_ca()?,
            };
            Ok(tls.status())
        };
        let issued = tokio::task::spawn_blocking(work).await;
        let issued = issued.map_err(|panicked| Refusal::NotWritten(panicked.to_string()))?;
        let status = issued.map_err(|error: TlsError| refused(&error))?;
        show_ends(&self.tls, &self.metrics);
        Ok(status)
    }

    /// The certificate is served, whether or not that can be written.
    async fn record(
        &self,
        actor: &Actor,
        once: Option<IdempotentRequest>,
        change: CertificateChange,
        status: &TlsStatus,
    ) {
        if self.store.is_read_only() {
            return;
        }
        let what = match change {
            CertificateChange::Renewal => "certificate.renewed",
            CertificateChange::Rotation => "authority.rotated",
        };
        let certificate = status.certificate.as_ref();
        let details = json!({
            "certificate": certificate.map(|one| &one.sha256),
            "not_after": certificate.map(|one| one.not_after),
            "authority": status.authority.as_ref().map(|one| &one.sha256),
        });
        let effects = audit::record(actor, what, "certificate", &details);
        if let Err(error) = request::complete(&self.store, once, effects, PLACE.to_owned()).await {
            tracing::warn!(error = %error, "The new certificate was not recorded");
        }
    }
}

/// Lets the metrics show when certificate and authority end.
pub fn show_ends(tls: &TlsKeeper, metrics: &Metrics) {
    if let Some(not_after) = tls.expires_at() {
        metrics.machine.certificate_expires(not_after);
    }
    if let Some(not_after) = tls.authority_expires_at() {
        metrics.machine.authority_expires(not_after);
    }
}

fn refused(error: &TlsError) -> Refusal {
    match error {
        TlsError::NotOwn(_) => Refusal::ReadOnly(error.to_string()),
        TlsError::RotatedTooOften { .. } => Refusal::Unacceptable(error.to_string()),
        _ => Refusal::NotWritten(ErrorChain(error).to_string()),
    }
}
