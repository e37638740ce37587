//! Requests for changes: who asks, and the idempotency key under which a repeat is known.

use crate::crypto::seal::SealingKey;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::request::{EarlierRequest, IdempotentRequest, RequestKey};
use crate::domain::time::Timestamp;
use crate::services::audit::Actor;
use crate::services::reading::{ReadError, Reading};
use crate::services::refusal::Refusal;
use crate::store::catalog::Catalog;
use crate::store::effects::Effects;
use crate::store::error::ErrorChain;
use crate::store::handle::Store;
use std::time::Duration;

/// The longest time for which a request is remembered, whatever `idempotency.retention` says.
const REMEMBERED_MAX: Duration = Duration::from_hours(30 * 24);

/// A request for a change.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub actor: Actor,
    /// Under what its repeat is known; none: nothing is remembered of it.
    pub once: Option<IdempotentRequest>,
}

impl From<Actor> for Request {
    fn from(actor: Actor) -> Self {
        Self { actor, once: None }
    }
}

/// Carries out a change, which is decided on the catalog as it is by then; once, of a request that is known again.
pub(super) async fn carry_out<T: Send + 'static>(
    store: &Store,
    request: impl Into<Request>,
    decide: impl FnOnce(&Actor, &Catalog, Timestamp) -> Result<(Effects, T), Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let Request { actor, once } = request.into();
    Ok(store.execute_once(once, move |catalog, now| decide(&actor, catalog, now)).await?)
}

/// Carries out what follows a request being remembered, even when nobody waits for it any more: its repeat does nothing.
pub(super) async fn to_its_end<T: Send + 'static>(
    act: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    tokio::spawn(act).await.unwrap_or_else(|panicked| Err(Refusal::NotWritten(panicked.to_string())))
}

/// Writes effects, and with them that a request which acted outside the database is done; `place` is what it made or
/// changed. When that cannot be written the request may be sent again.
pub(super) async fn complete(
    store: &Store,
    once: Option<IdempotentRequest>,
    effects: Effects,
    place: String,
) -> Result<(), Refusal> {
    let effects = match once {
        Some(request) => effects.complete(request, place),
        None => effects,
    };
    let written = store.execute(move |_catalog, _now| Ok::<_, Refusal>((effects, ()))).await;
    if written.is_err() {
        once.inspect(|request| store.abandon_request(request));
    }
    Ok(written?)
}

/// Knows requests with an idempotency key again. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Requests {
    store: Store,
    reading: Reading,
    /// Fingerprints are made with a key outside the database: a body may hold a password.
    key: SealingKey,
    remembered: Duration,
}

impl Requests {
    /// Stands on the store; requests are remembered for `retention`, and 30 days at most.
    pub fn new(store: Store, reading: Reading, key: SealingKey, retention: Option<Duration>) -> Self {
        let remembered = retention.unwrap_or(REMEMBERED_MAX).min(REMEMBERED_MAX);
        Self { store, reading, key, remembered }
    }

    /// Identifies a request: `sender` is who sends it, such as `tenant 3`, `parts` are method, path and body.
    pub fn identify(&self, sender: &str, key: &IdempotencyKey, parts: &[&[u8]]) -> IdempotentRequest {
        let lens: Vec<_> = parts.iter().map(|part| (part.len() as u64).to_be_bytes()).collect();
        let pieces = lens.iter().zip(parts).flat_map(|(len, part)| [len.as_slice(), part]);
        let pieces: Vec<&[u8]> = std::iter::once(b"request".as_slice()).chain(pieces).collect();
        let of_key = [b"request key".as_slice(), sender.as_bytes(), &[0], key.as_str().as_bytes()];
        IdempotentRequest {
            key: RequestKey(self.key.authenticate(&of_key)),
            fingerprint: self.key.authenticate(&pieces),
        }
    }

    /// Finds what is known of a request that was sent before.
    pub async fn find(&self, request: IdempotentRequest) -> Result<Option<EarlierRequest>, ReadError> {
        let store = self.store.clone();
        let found = self.reading.beside(move || store.find_request(&request)).await?;
        found.map_err(|_failed| ReadError::Stopped)
    }

    /// Forgets requests that are older than they are remembered for, some at a time.
    pub fn forget(&self) -> Result<(), String> {
        self.store
            .forget_requests(self.remembered)
            .map(|_more| ())
            .map_err(|error| ErrorChain(&error).to_string())
    }
}
