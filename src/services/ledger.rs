//! The ledger as a whole: checked against its head, and the database's schema.

use crate::domain::ids::Epoch;
use crate::services::reading::ReadError;
use crate::store::error::{ErrorChain, StoreError};
use crate::store::handle::Store;
use data_encoding::HEXLOWER;
use serde::Serialize;

/// What a check of the ledger found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Whether everything fits.
    pub whole: bool,
    /// Events in the ledger.
    pub size: u64,
    /// The ledger's epoch.
    pub epoch: Epoch,
    /// Root of the tree as the head has it, lower-case hexadecimal.
    pub root: String,
    /// Root recomputed from the records.
    pub computed_root: String,
    /// What is wrong, in order; at most a hundred.
    pub problems: Vec<String>,
}

/// Why the ledger could not be checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct VerifyError(String);

impl From<StoreError> for VerifyError {
    fn from(error: StoreError) -> Self {
        Self(ErrorChain(&error).to_string())
    }
}

/// Recomputes the whole tree from the records. Blocks on disk for long.
pub fn verify(store: &Store) -> Result<Verified, VerifyError> {
    store.flush()?;
    let found = store.verify(|_, _| {})?;
    Ok(Verified {
        whole: found.is_whole(),
        size: found.size,
        epoch: store.epoch(),
        root: HEXLOWER.encode(&found.head_root),
        computed_root: HEXLOWER.encode(&found.computed_root),
        problems: found.problems,
    })
}

/// Returns the migrations of the database, done and due. Blocks on disk.
pub fn migrations(store: &Store) -> Result<impl Serialize + use<>, ReadError> {
    Ok(store.migrations()?)
}
