//! Carrying out commands.

use crate::domain::time::Timestamp;
use crate::store::catalog::Catalog;
use crate::store::effects::Effects;
use crate::store::error::{StoreError, lock};
use crate::store::handle::{CommandError, Refused, Store};
use crate::store::sequencer::queue::{Decide, Item, QueueError};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

/// What a command decided, or why it is not carried out.
pub(super) type Decided<T, E> = Result<(Effects, T), CommandError<E>>;

impl Store {
    /// Carries out a command. `decide` runs on the sequencer's thread against everything acknowledged so far; its
    /// effects are one journal entry. Answered when readers and the catalog show them.
    pub async fn execute<T: Send + 'static, E: Send + 'static>(
        &self,
        decide: impl FnOnce(&Catalog, Timestamp) -> Result<(Effects, T), E> + Send + 'static,
    ) -> Result<T, CommandError<E>> {
        self.command(move |catalog, now| Ok(decide(catalog, now).map_err(CommandError::Refused))).await
    }

    /// Carries out a command whose decision may have to read the database.
    pub(super) async fn command<T: Send + 'static, E: Send + 'static>(
        &self,
        decide: impl FnOnce(&Catalog, Timestamp) -> Result<Decided<T, E>, StoreError> + Send + 'static,
    ) -> Result<T, CommandError<E>> {
        let outcome = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&outcome);
        let decide = Box::new(move |catalog: &Catalog, now: Timestamp| {
            let (effects, result) = match decide(catalog, now)? {
                Ok((effects, value)) => (Some(effects), Ok(value)),
                Err(refusal) => (None, Err(refusal)),
            };
            *lock(&slot) = Some(result);
            Ok(effects)
        });
        let answer = self.push_command(decide).map_err(CommandError::Queue)?;
        answer.await.map_err(|_closed| CommandError::Queue(QueueError::Closed))?;
        lock(&outcome).take().expect("an answered command has left its result")
    }

    pub(super) fn push_command(&self, decide: Decide) -> Result<oneshot::Receiver<()>, Refused> {
        self.writable()?;
        let (reply, answer) = oneshot::channel();
        self.push(Item::Command(decide, reply))?;
        Ok(answer)
    }
}
