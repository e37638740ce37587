//! Setting up the second factor: a secret is offered, and kept once a code of it was typed.

use crate::crypto::digest::Digest;
use crate::domain::operator::Operator;
use crate::domain::time::Timestamp;
use crate::domain::totp::{self, RECOVERY_BYTES, RECOVERY_CODES, SECRET_BYTES, Totp};
use crate::platform::clock::Clock;
use crate::platform::entropy::{Entropy, array};
use crate::platform::locks::lock;
use crate::services::audit::{self, Actor};
use crate::services::operators::accounts::find;
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
    pub fn offer(&self, operator: &str) -> Offer {
        let now = self.clock.now();
        let mut offers = lock(&self.offers);
        offers.retain(|_, offered| now.duration_since(offered.at) < OFFER_VALID);
        let draw = || Offered { secret: array(self.entropy.as_ref()), at: now };
        let offered = offers.entry(operator.to_owned()).or_insert_with(draw);
        let uri = totp::enrolment_uri("Mainstay", operator, &offered.secret);
        Offer { uri, secret: totp::shown_secret(&offered.secret) }
    }

    /// Keeps the offered secret if the code is one of it; returns the recovery codes, to be shown once.
    pub async fn confirm(&self, actor: Actor, operator: &str, code: &str) -> Result<Vec<String>, Refusal> {
        let now = self.clock.now();
        let offered = lock(&self.offers).get(operator).cloned();
        let fresh = offered.filter(|offered| now.duration_since(offered.at) < OFFER_VALID);
        let Some(Offered { secret, .. }) = fresh else {
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
        self.put(actor, operator, "operator.second_factor_added", |_before| Ok(Some(totp))).await?;
        lock(&self.offers).remove(operator);
        Ok(codes)
    }

    /// Makes new recovery codes in place of those that are left; returns them, to be shown once.
    pub async fn renew_codes(&self, actor: Actor, operator: &str) -> Result<Vec<String>, Refusal> {
        let codes = self.draw_codes();
        let recovery = digests(&codes);
        let with_codes = move |before: Option<&Totp>| match before {
            Some(totp) => Ok(Some(Totp { recovery, ..totp.clone() })),
            None => Err(Refusal::Unacceptable("there is no second factor; hint: turn it on first".into())),
        };
        self.put(actor, operator, "operator.recovery_codes_made", with_codes).await?;
        Ok(codes)
    }

    fn draw_codes(&self) -> Vec<String> {
        let draw = || totp::recovery_text(&array::<RECOVERY_BYTES>(self.entropy.as_ref()));
        std::iter::repeat_with(draw).take(RECOVERY_CODES).collect()
    }

    /// Takes an operator's second factor away.
    pub async fn remove(&self, actor: Actor, operator: &str) -> Result<(), Refusal> {
        self.put(actor, operator, "operator.second_factor_removed", |_before| Ok(None)).await
    }

    async fn put(
        &self,
        actor: Actor,
        operator: &str,
        what: &'static str,
        change: impl FnOnce(Option<&Totp>) -> Result<Option<Totp>, Refusal> + Send + 'static,
    ) -> Result<(), Refusal> {
        let name = operator.to_owned();
        carry_out(&self.store, actor, move |actor, catalog, _now| {
            let before = Operator::clone(&*find(catalog, &name)?);
            let operator = Operator { totp: change(before.totp.as_ref())?, ..before };
            let effects = audit::record(actor, what, &operator.name, &json!({ "name": operator.name }));
            Ok((effects.put(&operator), ()))
        })
        .await
    }
}

fn digests(codes: &[String]) -> Vec<Digest> {
    codes.iter().map(|code| totp::recovery_digest(code)).collect()
}
