//! Secrets sealed for the database, and opened again.
//!
//! Every secret is sealed for one place, named such as `source/3/pos`: a sealed value that is moved to another row
//! does not open there. A name must therefore never change while something is sealed for it.

use crate::crypto::seal::{SealingKey, UnsealError};
use crate::domain::secret::{Sealed, Secret};
use crate::platform::entropy::{Entropy, array};
use std::sync::Arc;

/// Seals and opens secrets with the appliance's key. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault {
    key: Arc<SealingKey>,
    entropy: Arc<dyn Entropy>,
}

/// Why a sealed secret is of no use.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// It does not open.
    #[error("the sealed secret of {what} cannot be opened; hint: set it anew, or restore a snapshot")]
    Sealed {
        /// Whose it is.
        what: String,
        /// What is wrong with it.
        #[source]
        source: UnsealError,
    },
    /// It opens and is not text.
    #[error("the sealed secret of {0} is not text; hint: set it anew")]
    NotText(String),
}

impl Vault {
    /// Keeps the key.
    pub fn new(key: SealingKey, entropy: Arc<dyn Entropy>) -> Self {
        Self { key: Arc::new(key), entropy }
    }

    /// Seals a text for the place `what`.
    pub fn seal(&self, what: &str, secret: &Secret) -> Sealed {
        self.seal_bytes(what, secret.expose().as_bytes())
    }

    /// Opens a text that was sealed for the place `what`.
    pub fn open(&self, what: &str, sealed: &Sealed) -> Result<Secret, VaultError> {
        let text = String::from_utf8(self.open_bytes(what, sealed)?);
        // The error would carry the bytes along.
        text.map(Secret::new).map_err(|_secret| VaultError::NotText(what.to_owned()))
    }

    /// Seals bytes for the place `what`.
    pub fn seal_bytes(&self, what: &str, secret: &[u8]) -> Sealed {
        Sealed::new(self.key.seal(array(self.entropy.as_ref()), secret, what.as_bytes()))
    }

    /// Opens bytes that were sealed for the place `what`.
    pub fn open_bytes(&self, what: &str, sealed: &Sealed) -> Result<Vec<u8>, VaultError> {
        self.key
            .open(sealed.as_bytes(), what.as_bytes())
            .map_err(|source| VaultError::Sealed { what: what.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::entropy::SeededEntropy;

    fn vault_of(key: u8) -> Vault {
        Vault::new(SealingKey::new([key; 32]), Arc::new(SeededEntropy::new(1)))
    }

    #[test]
    fn a_secret_opens_only_in_its_own_place_and_appliance() {
        let vault = vault_of(1);
        let secret = Secret::new("hunter2".into());
        let sealed = vault.seal("source/3/pos", &secret);
        assert_eq!(vault.open("source/3/pos", &sealed).unwrap(), secret);
        let moved = vault.open("source/4/pos", &sealed).unwrap_err();
        assert!(moved.to_string().contains("source/4/pos") && !moved.to_string().contains("hunter2"));
        assert!(vault_of(2).open("source/3/pos", &sealed).is_err());
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        let vault = vault_of(1);
        assert_ne!(vault.seal_bytes("a", b"x"), vault.seal_bytes("a", b"x"));
    }

    #[test]
    fn bytes_that_are_no_text_are_told() {
        let vault = vault_of(1);
        let sealed = vault.seal_bytes("a", &[0xff]);
        assert_eq!(vault.open_bytes("a", &sealed).unwrap(), [0xff]);
        assert!(matches!(vault.open("a", &sealed), Err(VaultError::NotText(_))));
    }
}
