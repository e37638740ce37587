//! The one-time link by which somebody with access to the machine makes the first owner in a browser.

use crate::domain::secret::Secret;
use crate::domain::session::Link;
use crate::platform::clock::Clock;
use crate::platform::entropy::{Entropy, array};
use crate::platform::locks::lock;
use crate::services::audit::Actor;
use crate::services::operators::accounts::Operators;
use crate::services::refusal::Refusal;
use crate::store::effects::Effects;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::rows::value::PurposeLink;
use std::sync::{Arc, Mutex};

/// Under which name the link is kept.
const PURPOSE: &str = "setup";

/// Gives the link out and takes it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FirstRun {
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    operators: Operators,
    link: Arc<Mutex<Option<Link>>>,
}

/// Why a link does not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    /// There is an owner.
    #[error("there is an owner already")]
    Done,
    /// The link is not the present one, or too old.
    #[error("the link does not work; hint: `mainstay setup-link` prints a fresh one")]
    Wrong,
    /// The name or password is not acceptable.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl FirstRun {
    /// Loads the link, if one was given out. Blocks on disk.
    pub fn load(
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        operators: Operators,
    ) -> Result<Self, StoreError> {
        let link = Arc::new(Mutex::new(store.find_row::<PurposeLink>(PURPOSE)?.map(|row| row.link)));
        Ok(Self { store, clock, entropy, operators, link })
    }

    /// Tells whether there is no operator yet.
    pub fn is_open(&self) -> bool {
        !self.operators.is_any()
    }

    /// Gives out a fresh link, as the text that stands in its address; former ones stop working.
    pub fn give_link(&self) -> Result<String, Refusal> {
        if !self.is_open() {
            return Err(Refusal::Unacceptable(
                "there is an owner already; hint: `mainstay operator reset-password` recovers an operator"
                    .into(),
            ));
        }
        let (link, text) = Link::make(&array(self.entropy.as_ref()), self.clock.now());
        let row = PurposeLink { purpose: PURPOSE.to_owned(), link };
        self.store.put(Effects::default().put(&row)).map_err(Refusal::Unavailable)?;
        *lock(&self.link) = Some(link);
        Ok(text)
    }

    /// Tells whether the text of a link works now.
    pub fn check(&self, text: &str) -> Result<(), LinkRefusal> {
        if !self.is_open() {
            return Err(LinkRefusal::Done);
        }
        if self.opens(text) { Ok(()) } else { Err(LinkRefusal::Wrong) }
    }

    fn opens(&self, text: &str) -> bool {
        lock(&self.link).is_some_and(|link| link.opens(text, self.clock.now()))
    }

    /// Makes the first owner and uses the link up. The link must still work when the password is hashed: it may have
    /// given way to a fresh one.
    pub async fn complete(&self, text: &str, name: &str, password: &Secret) -> Result<(), LinkRefusal> {
        self.check(text)?;
        let (first_run, link) = (self.clone(), text.to_owned());
        let still = move || {
            let opens = first_run.opens(&link);
            opens.then_some(()).ok_or_else(|| Refusal::Unacceptable(LinkRefusal::Wrong.to_string()))
        };
        if let Err(refusal) = self.operators.create_first_if(Actor::SetupLink, name, password, still).await {
            self.check(text)?;
            return Err(refusal.into());
        }
        *lock(&self.link) = None;
        if let Err(error) = self.store.put(Effects::default().delete::<PurposeLink>(PURPOSE)) {
            // Harmless: it opens nothing once there is an owner.
            tracing::warn!(error = %error, "The used setup link was not removed");
        }
        Ok(())
    }
}
