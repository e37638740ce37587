//! Which key the database's secrets are sealed with: its id, once there is one, never changes.
//!
//! The key itself lies outside the database, so that a copy of the database gives no secret away. Its id tells a key
//! that is missing or another database's at start, rather than at the first secret that does not open.

use crate::crypto::seal::KeyId;
use crate::platform::disk::Disk;
use crate::store::database::{begin, commit, meta, open_existing};
use crate::store::error::OpenError;
use crate::store::options::CommitKind;
use redb::Database;

/// Cache for reading one row.
const CACHE_BYTES: usize = 1 << 20;

/// Returns the id in a database that is not open.
pub(super) fn find(disk: &dyn Disk) -> Result<Option<KeyId>, OpenError> {
    let (database, _store) = open_existing(disk, CACHE_BYTES)?;
    Ok(meta::find(&database, meta::SEALING_KEY)?)
}

/// Refuses another key than the database's; a database without one takes the given.
pub(super) fn settle(database: &Database, given: Option<KeyId>) -> Result<(), OpenError> {
    match (meta::find::<{ size_of::<KeyId>() }>(database, meta::SEALING_KEY)?, given) {
        (Some(known), Some(given)) if known == given => Ok(()),
        (Some(_), Some(_)) => Err(OpenError::SealingKeyForeign),
        (Some(_), None) => Err(OpenError::SealingKeyMissing),
        (None, Some(given)) => {
            let transaction = begin(database, CommitKind::Durable)?;
            meta::put(&transaction, meta::SEALING_KEY, &given)?;
            Ok(commit(transaction)?)
        }
        (None, None) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::entropy::{SystemEntropy, array};
    use crate::platform::real_disk::RealDisk;
    use crate::store::database::{FILE_NAME, open};

    #[test]
    fn a_database_keeps_the_first_key_it_was_opened_with() {
        let name = u64::from_le_bytes(array(&SystemEntropy::new()));
        let path = std::env::temp_dir().join(format!("mainstay-sealing-{name:x}"));
        std::fs::create_dir_all(&path).unwrap();
        let disk = RealDisk::new(&path);
        assert!(matches!(find(&disk), Err(OpenError::Missing)));
        disk.create(FILE_NAME).unwrap();
        {
            let database = open(&disk, FILE_NAME, CACHE_BYTES).unwrap();
            let transaction = begin(&database, CommitKind::Durable).unwrap();
            meta::put(&transaction, meta::STORE_ID, &[7; 16]).unwrap();
            commit(transaction).unwrap();
        }
        assert_eq!(find(&disk).unwrap(), None);
        {
            let (database, _store) = open_existing(&disk, CACHE_BYTES).unwrap();
            settle(&database, None).unwrap();
            settle(&database, Some([1; 16])).unwrap();
            settle(&database, Some([1; 16])).unwrap();
            assert!(matches!(settle(&database, Some([2; 16])), Err(OpenError::SealingKeyForeign)));
            assert!(matches!(settle(&database, None), Err(OpenError::SealingKeyMissing)));
        }
        assert_eq!(find(&disk).unwrap(), Some([1; 16]));
        std::fs::remove_dir_all(path).unwrap();
    }
}
