//! Deliveries of registered sources: who sent them, and what they say of themselves.

use crate::domain::ids::SYSTEM_TENANT;
use crate::domain::names::Slug;
use crate::domain::scheme::definition::{Scheme, Signature};
use crate::domain::scheme::read::DeliveryId;
use crate::domain::scheme::table::Schemes;
use crate::domain::scheme::verify::{Headers, SignatureError, Signed};
use crate::domain::secret::Secret;
use crate::domain::source::Source;
use crate::domain::tenant::{Tenant, TenantStatus};
use crate::platform::clock::Clock;
use crate::services::reading::{INLINE_WORK_MAX, ReadError, Reading};
use crate::services::sources::TenantSource;
use crate::services::sources::values::{check_fit, place};
use crate::services::tenants;
use crate::services::vault::Vault;
use crate::store::handle::Store;
use bytes::Bytes;
use std::sync::Arc;

/// Tells who sent a delivery. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Webhooks {
    store: Store,
    schemes: Schemes,
    vault: Vault,
    clock: Arc<dyn Clock>,
    /// Lends its places for large work.
    reading: Reading,
}

/// What a delivery with a good signature is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// An event.
    Event {
        /// The provider's id of the delivery.
        id: Option<DeliveryId>,
        /// The event's type, where the delivery says it.
        event_type: Option<String>,
    },
    /// The question whether anybody is there, with the text to send back.
    Challenge(String),
}

/// Why a delivery is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// No such tenant or source, or one of them was deleted: strangers are not told which.
    #[error("there is no such source; hint: compare the address with `mainstay source list`")]
    SourceUnknown,
    /// The tenant is suspended.
    #[error("the tenant `{0}` is suspended")]
    TenantSuspended(Slug),
    /// Events of tenant `system` are written by the appliance alone.
    #[error("events of tenant `system` are written by the appliance alone")]
    TenantReserved,
    /// The signature is missing or does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The source's scheme is not there, or its secrets do not open.
    #[error("the source cannot be used as it is configured; hint: the appliance's log says why")]
    Unusable,
    /// Too much large work at once.
    #[error("too many large bodies at once; hint: send it again in a second")]
    Busy,
    /// The store has stopped.
    #[error("the store has stopped; hint: send it again")]
    Stopped,
}

impl Webhooks {
    /// Stands on the store's catalog.
    pub fn new(
        store: Store,
        schemes: Schemes,
        vault: Vault,
        clock: Arc<dyn Clock>,
        reading: Reading,
    ) -> Self {
        Self { store, schemes, vault, clock, reading }
    }

    /// Finds where a delivery goes that names tenant and source itself.
    pub fn find(&self, tenant: &str, source: &str) -> Result<TenantSource, WebhookError> {
        let tenant = tenants::find(&self.store.catalog_now(), tenant);
        let tenant = tenant.map_err(|_unknown| WebhookError::SourceUnknown)?;
        if tenant.number == SYSTEM_TENANT {
            return Err(WebhookError::TenantReserved);
        }
        let found = self.find_of(&tenant, source)?;
        if tenant.status == TenantStatus::Suspended {
            return Err(WebhookError::TenantSuspended(tenant.slug.clone()));
        }
        Ok(found)
    }

    /// Finds a source of a tenant that the caller reaches already.
    pub fn find_of(&self, tenant: &Arc<Tenant>, source: &str) -> Result<TenantSource, WebhookError> {
        let catalog = self.store.catalog_now();
        let source = catalog.source(tenant.number, source).ok_or(WebhookError::SourceUnknown)?;
        Ok(TenantSource { tenant: Arc::clone(tenant), source: Arc::clone(source) })
    }

    /// Checks, before the body is read, that every header of the source's signature is there once.
    pub fn check_headers(&self, to: &TenantSource, headers: &dyn Headers) -> Result<(), WebhookError> {
        match &self.usable(to)?.signature {
            Some(signature) => Ok(signature.check_headers(headers)?),
            None => Ok(()),
        }
    }

    /// Tells whether the source's deliveries must be signed; one that cannot be used asks for more than anybody has.
    pub fn asks_signature(&self, to: &TenantSource) -> bool {
        let scheme = self.schemes.find(to.source.scheme.as_str());
        scheme.is_none_or(|scheme| scheme.signature.is_some())
    }

    /// Tells whether a header is there that may hold the source's signature.
    pub fn is_signed(&self, to: &TenantSource, headers: &dyn Headers) -> bool {
        let signature =
            self.schemes.find(to.source.scheme.as_str()).and_then(|scheme| scheme.signature.as_ref());
        signature.is_some_and(|signature| signature.is_there(headers))
    }

    /// Decides whether the delivery comes from the source, and reads what it says of itself. The secrets are opened
    /// for every delivery: that takes under a microsecond, and none of them stays in memory.
    pub async fn authenticate<H: Headers + Clone + Send + Sync + 'static>(
        &self,
        to: &TenantSource,
        headers: &H,
        body: &Bytes,
    ) -> Result<Delivery, WebhookError> {
        if body.len() <= INLINE_WORK_MAX {
            return self.check(to, headers, body);
        }
        let (this, to, headers, body) = (self.clone(), to.clone(), headers.clone(), body.clone());
        self.reading.work(body.len(), move || this.check(&to, &headers, &body)).await?
    }

    fn check(&self, to: &TenantSource, headers: &dyn Headers, body: &[u8]) -> Result<Delivery, WebhookError> {
        let scheme = self.usable(to)?;
        if let Some(signature) = &scheme.signature {
            self.verify(signature, &to.source, headers, body)?;
        }
        if let Some(text) = scheme.challenge.as_ref().and_then(|challenge| challenge.echo(body)) {
            return Ok(Delivery::Challenge(text));
        }
        let (id, event_type) = (scheme.delivery_id(headers, body), scheme.event_type(headers, body));
        Ok(Delivery::Event { id, event_type })
    }

    fn verify(
        &self,
        signature: &Signature,
        source: &Source,
        headers: &dyn Headers,
        body: &[u8],
    ) -> Result<(), WebhookError> {
        let now = self.clock.now();
        let place = place(source);
        let opened: Result<Vec<Secret>, _> =
            source.valid_secrets(now).map(|secret| self.vault.open(&place, &secret.sealed)).collect();
        // Said in the log at start, and not again at every request of a stranger.
        let secrets = opened.map_err(|_sealed| WebhookError::Unusable)?;
        let secrets: Vec<&str> = secrets.iter().map(Secret::expose).collect();
        let url = source.notification_url.as_deref().unwrap_or_default();
        Ok(signature.verify(&secrets, headers, Signed { body, url }, now)?)
    }

    /// Returns the source's scheme if the source can be used with it.
    fn usable(&self, to: &TenantSource) -> Result<&Arc<Scheme>, WebhookError> {
        let scheme = self.schemes.find(to.source.scheme.as_str()).ok_or(WebhookError::Unusable)?;
        check_fit(&to.source, scheme).map_err(|_misfit| WebhookError::Unusable)?;
        Ok(scheme)
    }
}

impl From<ReadError> for WebhookError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Busy => Self::Busy,
            ReadError::NotFound | ReadError::StaleCursor | ReadError::CursorAhead | ReadError::Stopped => {
                Self::Stopped
            }
        }
    }
}
