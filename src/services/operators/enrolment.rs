//! Setting up the second factor: a secret is offered, and kept once a code of it was typed.

use crate::crypto::digest::Digest;
use crate::domain::operator::Operator;
use crate::domain::time::Timestamp;
use crate::domain::totp::{self, RECOVERY_BYTES, RECOVERY_CODES, SECRET_BYTES, Totp};
use crate::platform::clock::Clock;
use crate::platform::entropy::{Entropy, array};
use crate::platform::locks::lock;
use crate::services::audit::{self, Actor};
use crate::services::operators::confirmed::Confirmed;
use crate::services::operators::login::totp_place;
use crate::services::refusal::Refusal;
use crate::services::request::carry_out;
use crate::services::vault::Vault;
use crate::store::handle::Store;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long an offered secret may be confirmed.
const OFFER_VALID: Duration = Duration::from_mins(15);

/// Sets second factors up. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Enrolments {
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    vault: Vault,
    /// By operator, so there are few. A restart forgets them, and the operator begins again.
    offers: Arc<Mutex<HashMap<String, Offered>>>,
}

#[derive(Clone)]
struct Offered {
    secret: [u8; SECRET_BYTES],
    at: Timestamp,
    /// Under which password: who saw the secret before a reset must not know the one that is used after it.
    password_hash: String,
}

/// A secret that waits to be confirmed.
#[derive(Clone)]
pub struct Offer {
    /// For an authenticator app, such as out of a QR code.
    pub uri: String,
    /// For typing.
    pub secret: String,
}

impl std::fmt::Debug for Offered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Offered(hidden)")
    }
}

impl Enrolments {
    /// Stands on the store.
    pub fn new(store: Store, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, vault: Vault) -> Self {
        Self { store, clock, entropy, vault, offers: Arc::default() }
    }

    /// Offers an operator a secret: the same one until it is confirmed or too old, so that a page may be loaded again.
    pub fn offer(&self, operator: &Operator) -> Offer {
        let (now, password_hash) = (self.clock.now(), &operator.password_hash);
        let mut offers = lock(&self.offers);
        offers.retain(|name, offered| {
            let is_stale = *name == operator.name && offered.password_hash != *password_hash;
            now.duration_since(offered.at) < OFFER_VALID && !is_stale
        });
        let secret = || array(self.entropy.as_ref());
        let draw = || Offered { secret: secret(), at: now, password_hash: password_hash.clone() };
        let offered = offers.entry(operator.name.clone()).or_insert_with(draw);
        let uri = totp::enrolment_uri("Mainstay", &operator.name, &offered.secret);
        Offer { uri, secret: totp::shown_secret(&offered.secret) }
    }

    /// Keeps the offered secret if the code is one of it; returns the recovery codes, to be shown once.
    pub async fn confirm(
        &self,
        actor: Actor,
        confirmed: &Confirmed,
        code: &str,
    ) -> Result<Vec<String>, Refusal> {
        let (now, operator) = (self.clock.now(), confirmed.name());
        let offered = lock(&self.offers).get(operator).cloned();
        let fresh = offered.filter(|offered| now.duration_since(offered.at) < OFFER_VALID);
        let Some(Offered { secret, password_hash, .. }) = fresh else {
            return Err(Refusal::Unacceptable("the secret is too old; hint: load the page again".into()));
        };
        let Some(last_step) = totp::accepted_step(&secret, code, now, 0) else {
            return Err(Refusal::Unacceptable(
                "the code is wrong; hint: type the six digits that the app shows now, and check the device's clock"
                    .into(),
            ));
        };
        let codes = self.draw_codes();
        let totp = Totp {
            secret: self.vault.seal_bytes(&totp_place(operator), &secret),
            last_step,
            recovery: digests(&codes),
        };
        let add = move |before: &Operator| match before.totp {
            Some(_) => Err(Refusal::Unacceptable(
                "the second factor is on already; hint: load the page again".into(),
            )),
            None if before.password_hash != password_hash => {
                Err(Refusal::Unacceptable("the secret is too old; hint: load the page again".into()))
            }
            None => Ok(Some(totp)),
        };
        self.put(actor, confirmed, "operator.second_factor_added", add).await?;
        lock(&self.offers).remove(operator);
        Ok(codes)
    }

    /// Makes new recovery codes in place of those that are left; returns them, to be shown once.
    pub async fn renew_codes(&self, actor: Actor, confirmed: &Confirmed) -> Result<Vec<String>, Refusal> {
        let codes = self.draw_codes();
        let recovery = digests(&codes);
        let with_codes = move |before: &Operator| match &before.totp {
            Some(totp) => Ok(Some(Totp { recovery, ..totp.clone() })),
            None => Err(Refusal::Unacceptable("there is no second factor; hint: turn it on first".into())),
        };
        self.put(actor, confirmed, "operator.recovery_codes_made", with_codes).await?;
        Ok(codes)
    }

    fn draw_codes(&self) -> Vec<String> {
        let draw = || totp::recovery_text(&array::<RECOVERY_BYTES>(self.entropy.as_ref()));
        std::iter::repeat_with(draw).take(RECOVERY_CODES).collect()
    }

    /// Takes an operator's second factor away.
    pub async fn remove(&self, actor: Actor, confirmed: &Confirmed) -> Result<(), Refusal> {
        self.put(actor, confirmed, "operator.second_factor_removed", |_before| Ok(None)).await
    }

    /// Keeps what `change` makes of the second factor of an operator whose password is still the one that was typed.
    async fn put(
        &self,
        actor: Actor,
        confirmed: &Confirmed,
        what: &'static str,
        change: impl FnOnce(&Operator) -> Result<Option<Totp>, Refusal> + Send + 'static,
    ) -> Result<(), Refusal> {
        let confirmed = confirmed.clone();
        carry_out(&self.store, actor, move |actor, catalog, _now| {
            let before = confirmed.find(catalog)?;
            let operator = Operator { totp: change(&before)?, ..before };
            let effects = audit::record(actor, what, &operator.name, &json!({ "name": operator.name }));
            Ok((effects.put(&operator), ()))
        })
        .await
    }
}

fn digests(codes: &[String]) -> Vec<Digest> {
    codes.iter().map(|code| totp::recovery_digest(code)).collect()
}
