//! Logging in: the same work whether the name is known or not, and a delay that grows with failures.

use crate::domain::event::Severity;
use crate::domain::login::SignInFailures;
use crate::domain::operator::Operator;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::totp::{self, Totp};
use crate::platform::clock::Clock;
use crate::platform::locks::lock;
use crate::services::audit::{self, Actor};
use crate::services::operators::accounts::find;
use crate::services::operators::confirmed::Confirmed;
use crate::services::operators::passwords::{Crowded, Passwords};
use crate::services::refusal::Refusal;
use crate::services::vault::Vault;
use crate::store::effects::Effects;
use crate::store::handle::Store;
use serde_json::json;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Names whose failures are kept; a crowd of invented ones pushes out those with the fewest.
const NAMES_MAX: usize = 4_096;

/// Longest name that is looked at, in bytes: longer than any operator's.
const NAME_LEN_MAX: usize = 64;

/// Lets operators in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Logins {
    store: Store,
    clock: Arc<dyn Clock>,
    passwords: Passwords,
    vault: Vault,
    /// Taken for moments and never across an await.
    failures: Arc<Mutex<HashMap<String, SignInFailures>>>,
}

/// What somebody presents.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Name.
    pub name: String,
    /// Password.
    pub password: Secret,
    /// Code of the second factor, or a recovery code; empty without.
    pub code: String,
    /// From where.
    pub address: IpAddr,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginRefusal {
    /// Name, password or code is wrong; which is not said.
    #[error("name, password or code is wrong")]
    Wrong,
    /// Name and password are right, and a code is asked for.
    #[error("the code of the second factor is missing")]
    CodeMissing,
    /// Too many failures; the time says how long to wait.
    #[error("too many attempts for this name")]
    TooOften(Duration),
    /// There is no turn for another attempt.
    #[error(transparent)]
    Crowded(#[from] Crowded),
}

impl Logins {
    /// Stands on the store.
    pub fn new(store: Store, clock: Arc<dyn Clock>, passwords: Passwords, vault: Vault) -> Self {
        Self { store, clock, passwords, vault, failures: Arc::default() }
    }

    /// Lets an operator in, or says why not. Both are events of tenant `system`.
    ///
    /// Every attempt counts as a failure until it turns out to be none: of many at the same moment, no more are looked at
    /// than of as many one after the other.
    pub async fn attempt(&self, attempt: &Attempt) -> Result<Arc<Operator>, LoginRefusal> {
        let name: String = attempt.name.trim().chars().take(NAME_LEN_MAX).collect();
        self.book_failure(&name)?;
        let judged = self.judge(&name, attempt).await;
        match &judged {
            Ok(_operator) => drop(lock(&self.failures).remove(&name)),
            Err(LoginRefusal::Wrong) => self.record_failure(&name, attempt.address),
            Err(_unjudged) => self.give_back(&name),
        }
        judged
    }

    async fn judge(&self, name: &str, attempt: &Attempt) -> Result<Arc<Operator>, LoginRefusal> {
        let known = self.store.catalog().operator(name).map(Arc::clone);
        let stored = known.as_ref().map(|operator| operator.password_hash.clone());
        let is_right = self.passwords.verify(attempt.password.clone(), stored).await?;
        let proven = known.filter(|_| is_right).ok_or(LoginRefusal::Wrong)?;
        // As they are by now: the password may have been reset, or a second factor been turned on.
        let operator = Arc::new(self.find_proven(&proven).ok_or(LoginRefusal::Wrong)?);
        if operator.totp.is_some() {
            if attempt.code.trim().is_empty() {
                return Err(LoginRefusal::CodeMissing);
            }
            if !self.take_code(&operator, &attempt.code).await {
                return Err(LoginRefusal::Wrong);
            }
        }
        let actor = Actor::Operator(operator.name.clone());
        self.record(audit::record(&actor, "operator.login", &operator.name, &from(attempt.address)));
        Ok(operator)
    }

    fn find_proven(&self, operator: &Operator) -> Option<Operator> {
        Confirmed::new(operator).find(&self.store.catalog_now()).ok()
    }

    /// Asks for an operator's password once more, as changes of the own account do; none if it is wrong. Wrong ones
    /// count as failed logins do.
    pub async fn confirm(
        &self,
        operator: &Operator,
        password: Secret,
    ) -> Result<Option<Confirmed>, LoginRefusal> {
        self.book_failure(&operator.name)?;
        let verified = self.passwords.verify(password, Some(operator.password_hash.clone())).await;
        if !matches!(verified, Ok(false)) {
            self.give_back(&operator.name);
        }
        Ok(verified?.then(|| Confirmed::new(operator)))
    }

    /// Counts a failure of a name, unless the name has to wait after earlier ones.
    fn book_failure(&self, name: &str) -> Result<(), LoginRefusal> {
        let now = self.clock.now();
        let mut failures = lock(&self.failures);
        if let Some(wait) = failures.get(name).and_then(|failures| failures.delay(now)) {
            return Err(LoginRefusal::TooOften(wait));
        }
        make_room(&mut failures, name, now);
        failures.entry(name.to_owned()).or_default().note(now);
        Ok(())
    }

    /// Takes back a failure that was counted and was none.
    fn give_back(&self, name: &str) {
        if let Some(failures) = lock(&self.failures).get_mut(name) {
            failures.give_back();
        }
    }

    /// Uses a code up: each is good once, also when two requests bring it at the same time.
    async fn take_code(&self, operator: &Operator, code: &str) -> bool {
        let (name, code, now) = (operator.name.clone(), code.to_owned(), self.clock.now());
        let Some(totp) = &operator.totp else { return false };
        let sealed = totp.secret.clone();
        let Ok(secret) = self.vault.open_bytes(&totp_place(&name), &totp.secret) else {
            tracing::error!(operator = name, "The second factor cannot be opened");
            return false;
        };
        let decided = self.store.execute(move |catalog, _now| {
            let before = Operator::clone(&*find(catalog, &name)?);
            let present = before.totp.clone().filter(|totp| totp.secret == sealed);
            let Some(totp) = present.and_then(|totp| used(totp, &secret, &code, now)) else {
                return Ok::<_, Refusal>((Effects::default(), false));
            };
            let operator = Operator { totp: Some(totp), ..before };
            Ok((Effects::default().put(&operator), true))
        });
        decided.await.unwrap_or(false)
    }

    fn record_failure(&self, name: &str, address: IpAddr) {
        let known = self.store.catalog_now().operator(name).is_some();
        // A name that nobody has may be a password typed into the wrong field.
        let subject = if known { name } else { "unknown" };
        let (actor, severity, what) = (Actor::Appliance, Severity::Warning, "operator.login_failed");
        let event = audit::event(&actor, severity, what, subject, &from(address));
        self.record(Effects::default().audit(event));
    }

    fn record(&self, effects: Effects) {
        if let Err(error) = self.store.put(effects) {
            tracing::warn!(error = %error, "A login was not recorded");
        }
    }
}

/// Makes room for the failures of another name: of too many, the name with the fewest is forgotten.
fn make_room(failures: &mut HashMap<String, SignInFailures>, name: &str, now: Timestamp) {
    if failures.len() < NAMES_MAX || failures.contains_key(name) {
        return;
    }
    failures.retain(|_, one| !one.is_forgotten(now));
    if failures.len() >= NAMES_MAX
        && let Some(least) = failures.iter().min_by_key(|(_, one)| one.count()).map(|(name, _)| name.clone())
    {
        failures.remove(&least);
    }
}

/// Returns where an operator's second factor is sealed for.
pub(super) fn totp_place(operator: &str) -> String {
    format!("operator/{operator}/totp")
}

fn from(address: IpAddr) -> serde_json::Value {
    json!({ "address": address.to_string() })
}

/// Returns the second factor after a code of it was used; none if the code is wrong.
fn used(totp: Totp, secret: &[u8], code: &str, now: Timestamp) -> Option<Totp> {
    if let Some(last_step) = totp::accepted_step(secret, code, now, totp.last_step) {
        return Some(Totp { last_step, ..totp });
    }
    let digest = totp::recovery_digest(code);
    let recovery: Vec<_> = totp.recovery.iter().copied().filter(|left| *left != digest).collect();
    (recovery.len() < totp.recovery.len()).then_some(Totp { recovery, ..totp })
}
