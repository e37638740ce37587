//! Hashing passwords: each takes 19 MiB and some tens of milliseconds of a processor, so few at a time.

use crate::crypto::password::{self, SALT_LEN};
use crate::domain::operator::check_password;
use crate::domain::secret::Secret;
use crate::platform::entropy::{Entropy, array};
use crate::services::refusal::{Refusal, RefusalExt};
use data_encoding::BASE32_NOPAD;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Passwords hashed at once: 38 MiB, and on a machine of two processors one is left for senders most of the time.
const AT_ONCE_MAX: usize = 2;

/// Longest wait for a turn.
const TURN_WAIT_MAX: Duration = Duration::from_secs(10);

/// Hashes and verifies passwords. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    entropy: Arc<dyn Entropy>,
    turns: Arc<Semaphore>,
    /// A hash that no password has, for names that nobody has: both take the same time.
    nobodys: Arc<OnceLock<String>>,
}

/// There was no turn for a hashing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many logins at once; hint: try again in a few seconds")]
pub struct Crowded;

impl Passwords {
    /// Draws salts from the entropy.
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self { entropy, turns: Arc::new(Semaphore::new(AT_ONCE_MAX)), nobodys: Arc::default() }
    }

    /// Makes a password of a hundred random bits.
    pub(super) fn draw(&self) -> Secret {
        let random = array::<13>(self.entropy.as_ref());
        let letters = BASE32_NOPAD.encode(&random).to_ascii_lowercase();
        Secret::new(letters.chars().take(20).collect())
    }

    /// Checks a new password and returns its PHC text.
    pub async fn hash(&self, new: &Secret) -> Result<String, Refusal> {
        check_password(new.expose()).at("password")?;
        let (new, salt) = (new.clone(), array::<SALT_LEN>(self.entropy.as_ref()));
        let hashed = self.in_turn(move || password::hash(new.expose(), &salt)).await;
        let hashed = hashed.map_err(|crowded| Refusal::Unacceptable(crowded.to_string()))?;
        hashed.map_err(|error| Refusal::Unacceptable(error.to_string()))
    }

    /// Tells whether a password is the one of a hash; without a hash the same work is done in vain.
    pub(super) async fn verify(&self, given: Secret, stored: Option<String>) -> Result<bool, Crowded> {
        let (nobodys, salt) = (Arc::clone(&self.nobodys), array::<SALT_LEN>(self.entropy.as_ref()));
        let work = move || {
            let is_somebodys = stored.is_some();
            let made = || password::hash("", &salt).unwrap_or_default();
            let stored = stored.unwrap_or_else(|| nobodys.get_or_init(made).clone());
            password::verify(given.expose(), &stored).unwrap_or(false) && is_somebodys
        };
        self.in_turn(work).await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Crowded> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        let turn = tokio::time::timeout(TURN_WAIT_MAX, turn).await.map_err(|_elapsed| Crowded)?;
        let turn = turn.map_err(|_closed| Crowded)?;
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        work.await.map_err(|_panicked| Crowded)
    }
}
