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
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Requests whose keys are remembered: certificates change a few times a year.
const REQUESTS_MAX: usize = 64;

/// Shows and changes the certificates. Cheap to clone.
#[derive(Clone)]
pub struct Certificates(Arc<Inner>);

struct Inner {
    store: Store,
    kept: OnceLock<Kept>,
    /// The last requests with an idempotency key. A start forgets them: a request that is repeated across one gets
    /// one certificate more, which harms nobody.
    requests: Mutex<VecDeque<RequestMark>>,
}

struct Kept {
    tls: TlsKeeper,
    /// What is told when the certificate ends; a process without listeners tells nobody.
    metrics: Option<Arc<Metrics>>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
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
    /// Stands on the store, where changes are recorded.
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Inner { store, kept: OnceLock::new(), requests: Mutex::default() }))
    }

    /// Says where the certificates are; only the first call counts.
    pub fn keep(&self, tls: TlsKeeper, metrics: Option<Arc<Metrics>>) {
        let _ = self.0.kept.set(Kept { tls, metrics });
    }

    /// Describes the present certificates; none before it was said where they are.
    pub fn status(&self) -> Option<TlsStatus> {
        Some(self.0.kept.get()?.tls.status())
    }

    /// Has a certificate issued now. With a mark, a repeat of the same request does nothing.
    pub async fn issue(
        &self,
        actor: Actor,
        wish: Wish,
        mark: Option<RequestMark>,
    ) -> Result<Issued, Refusal> {
        if !self.begin(mark) {
            return Ok(Issued::Before);
        }
        let issued = self.issue_now(wish).await;
        match issued {
            Ok(status) => {
                self.record(&actor, wish, &status);
                Ok(Issued::Now(Box::new(status)))
            }
            Err(refusal) => {
                // It may be tried again with the same key.
                self.requests().retain(|known| Some(*known) != mark);
                Err(refusal)
            }
        }
    }

    async fn issue_now(&self, wish: Wish) -> Result<TlsStatus, Refusal> {
        let Some(kept) = self.0.kept.get() else {
            return Err(Refusal::NotWritten("the certificates are not open".to_owned()));
        };
        let tls = kept.tls.clone();
        let work = move || {
            match wish {
                Wish::Renewal => tls.renew().map(|_: Upkeep| ())?,
                Wish::Rotation => tls.rotate_ca().map(|_: Upkeep| ())?,
            }
            Ok(tls.status())
        };
        let issued = tokio::task::spawn_blocking(work).await;
        let issued = issued.map_err(|panicked| Refusal::NotWritten(panicked.to_string()))?;
        let status = issued.map_err(|error: TlsError| refused(&error))?;
        if let (Some(metrics), Some(certificate)) = (&kept.metrics, &status.certificate) {
            metrics.certificate_expires(certificate.not_after);
        }
        Ok(status)
    }

    /// The certificate is served, whether or not that can be written.
    fn record(&self, actor: &Actor, wish: Wish, status: &TlsStatus) {
        if self.0.store.is_read_only() {
            return;
        }
        let what = match wish {
            Wish::Renewal => "certificate.renewed",
            Wish::Rotation => "authority.rotated",
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
