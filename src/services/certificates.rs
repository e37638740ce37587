//! The certificates: shown, renewed, and the authority rotated.

use crate::domain::agent::RequestMark;
use crate::services::audit::{self, Actor};
use crate::services::refusal::Refusal;
use crate::store::effects::Effects;
use crate::store::error::ErrorChain;
use crate::store::handle::Store;
use crate::telemetry::metrics::Metrics;
use crate::tls::Upkeep;
use crate::tls::error::TlsError;
use crate::tls::keeper::TlsKeeper;
use crate::tls::status::TlsStatus;
use serde_json::json;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Requests whose keys are remembered: certificates change a few times a year.
const REQUESTS_MAX: usize = 64;

/// Shows and changes the certificates. Cheap to clone.
#[derive(Clone)]
pub struct Certificates(Arc<Inner>);

struct Inner {
    store: Store,
    tls: TlsKeeper,
    /// Shows when the certificate ends.
    metrics: Arc<Metrics>,
    /// The last requests with an idempotency key. A start forgets them: a request that is repeated across one gets
    /// one certificate more, which harms nobody.
    requests: Mutex<VecDeque<RequestMark>>,
}

/// A change of the certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateChange {
    /// A new certificate for the server.
    Renewal,
    /// A new authority, and from it a new certificate.
    Rotation,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issued {
    /// It was done; this is what is served now.
    Now(Box<TlsStatus>),
    /// The same request came before, and nothing was done now.
    Before,
}

impl Certificates {
    /// Shows and changes the certificates of `tls`, and records changes in the store.
    pub fn new(store: Store, tls: TlsKeeper, metrics: Arc<Metrics>) -> Self {
        Self(Arc::new(Inner { store, tls, metrics, requests: Mutex::default() }))
    }

    /// Describes the present certificates.
    pub fn status(&self) -> TlsStatus {
        self.0.tls.status()
    }

    /// Has a certificate issued now. With a mark, a repeat of the same request does nothing.
    pub async fn issue(
        &self,
        actor: Actor,
        change: CertificateChange,
        mark: Option<RequestMark>,
    ) -> Result<Issued, Refusal> {
        if !self.begin(mark) {
            return Ok(Issued::Before);
        }
        let issued = self.issue_now(change).await;
        match issued {
            Ok(status) => {
                self.record(&actor, change, &status);
                Ok(Issued::Now(Box::new(status)))
            }
            Err(refusal) => {
                // It may be tried again with the same key.
                self.requests().retain(|known| Some(*known) != mark);
                Err(refusal)
            }
        }
    }

    async fn issue_now(&self, change: CertificateChange) -> Result<TlsStatus, Refusal> {
        let tls = self.0.tls.clone();
        let work = move || {
            match change {
                CertificateChange::Renewal => tls.renew().map(|_: Upkeep| ())?,
                CertificateChange::Rotation => tls.rotate_ca().map(|_: Upkeep| ())?,
            }
            Ok(tls.status())
        };
        let issued = tokio::task::spawn_blocking(work).await;
        let issued = issued.map_err(|panicked| Refusal::NotWritten(panicked.to_string()))?;
        let status = issued.map_err(|error: TlsError| refused(&error))?;
        if let Some(certificate) = &status.certificate {
            self.0.metrics.certificate_expires(certificate.not_after);
        }
        Ok(status)
    }

    /// The certificate is served, whether or not that can be written.
    fn record(&self, actor: &Actor, change: CertificateChange, status: &TlsStatus) {
        if self.0.store.is_read_only() {
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
        let event = audit::event(actor, what, "certificate", &details);
        if let Err(error) = self.0.store.put(Effects::default().audit(event)) {
            tracing::warn!(error = %error, "The new certificate was not recorded");
        }
    }

    /// Remembers a request; tells whether it is the first time.
    fn begin(&self, mark: Option<RequestMark>) -> bool {
        let Some(mark) = mark else { return true };
        let mut requests = self.requests();
        if requests.contains(&mark) {
            return false;
        }
        if requests.len() >= REQUESTS_MAX {
            requests.pop_front();
        }
        requests.push_back(mark);
        true
    }

    fn requests(&self) -> std::sync::MutexGuard<'_, VecDeque<RequestMark>> {
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(error: &TlsError) -> Refusal {
    match error {
        TlsError::NotOwn(_) => Refusal::ReadOnly(error.to_string()),
        TlsError::RotatedTooOften { .. } => Refusal::Unacceptable(error.to_string()),
        _ => Refusal::NotWritten(ErrorChain(error).to_string()),
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}
