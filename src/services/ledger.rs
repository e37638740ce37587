//! The ledger as a whole: checked against its head, and the database's schema.

use crate::domain::ids::Epoch;
use crate::services::reading::ReadError;
use crate::store::error::ErrorChain;
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

/// Recomputes the whole tree from the records; says why if that cannot be done. Blocks on disk for long.
pub fn verify(store: &Store) -> Result<Verified, String> {
    let found = store.flush().and_then(|()| store.verify(|_, _| {}));
    let found = found.map_err(|error| ErrorChain(&error).to_string())?;
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
