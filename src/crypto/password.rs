//! Argon2id (RFC 9106): hashes of passwords, with 19 MiB, two passes and one lane, and keys made of passphrases.

use crate::crypto::seal::{KEY_LEN, SealingKey};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// Memory of one hashing in KiB: 19 MiB, with two passes enough for interactive logins.
const MEMORY_KIB: u32 = 19 * 1024;

/// Passes over the memory.
const PASSES: u32 = 2;

/// Lanes: one, so that a hashing takes one processor.
const LANES: u32 = 1;

/// Length of a new salt in bytes.
pub const SALT_LEN: usize = 16;

/// The parameters or the stored text are not usable.
#[derive(Debug, thiserror::Error)]
#[error("password hashing failed: {0}")]
pub struct PasswordError(String);

/// Returns the PHC text (`$argon2id$…`) of a password under the given salt.
pub fn hash(password: &str, salt: &[u8; SALT_LEN]) -> Result<String, PasswordError> {
    let hashed = hasher()?.hash_password_with_salt(password.as_bytes(), salt).map_err(failed)?;
    Ok(hashed.to_string())
}

/// Tells whether the password is the one the PHC text was made from.
pub fn verify(password: &str, stored: &str) -> Result<bool, PasswordError> {
    let stored = PasswordHash::new(stored).map_err(failed)?;
    Ok(hasher()?.verify_password(password.as_bytes(), &stored).is_ok())
}

fn failed(error: impl std::fmt::Display) -> PasswordError {
    PasswordError(error.to_string())
}

fn hasher() -> Result<Argon2<'static>, PasswordError> {
    let parameters = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

/// The cost of deriving a key, the same for the right passphrase and for a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// For a file that may lie in anybody's hands for years: 64 MiB and three passes (the second choice of RFC 9106,
    /// section 4), with one lane.
    pub const FILE: Self = Self { memory_kib: 64 * 1_024, passes: 3, lanes: 1 };

    /// The most that is paid for a file which says what it costs: 1 GiB, sixteen passes, four lanes.
    const MAX: Self = Self { memory_kib: 1_024 * 1_024, passes: 16, lanes: 4 };

    fn is_bearable(self) -> bool {
        self.memory_kib <= Self::MAX.memory_kib
            && self.passes <= Self::MAX.passes
            && self.lanes <= Self::MAX.lanes
    }
}

/// Why no key could be made.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseError {
    /// The cost is beyond all reason.
    #[error("making the key would take more than 1 GiB of memory, sixteen passes or four lanes")]
    Cost,
    /// Argon2 refuses the parameters, or there is too little memory.
    #[error("making the key failed: {0}")]
    Argon2(String),
}

/// Makes the key of a passphrase and a salt of at least 8 bytes.
pub fn derive_key(passphrase: &str, salt: &[u8], cost: Cost) -> Result<SealingKey, PassphraseError> {
    if !cost.is_bearable() {
        return Err(PassphraseError::Cost);
    }
    let refused = |error: argon2::Error| PassphraseError::Argon2(error.to_string());
    let parameters = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(KEY_LEN)).map_err(refused)?;
    let mut bytes = [0; KEY_LEN];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(passphrase.as_bytes(), salt, &mut bytes)
        .map_err(refused)?;
    let key = SealingKey::new(bytes);
    bytes.fill(0);
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    #[test]
    fn only_the_right_password_is_verified() {
        let stored = hash("correct horse", &[7; SALT_LEN]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("correct horse", &stored).unwrap());
        assert!(!verify("correct horsf", &stored).unwrap());
        assert!(verify("anything", "not a hash").is_err());
    }

    #[test]
    fn the_key_is_that_of_the_reference_implementation() {
        // Of its own tests: version 19, two passes, 64 MiB, one lane.
        let cost = Cost { memory_kib: 65_536, passes: 2, lanes: 1 };
        let key = derive_key("password", b"somesalt", cost).unwrap();
        assert_eq!(
            HEXLOWER.encode(key.expose()),
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
        );
    }

    #[test]
    fn a_cost_beyond_all_reason_is_refused_before_it_is_paid() {
        for cost in [
            Cost { memory_kib: u32::MAX, ..Cost::FILE },
            Cost { passes: 17, ..Cost::FILE },
            Cost { lanes: 5, ..Cost::FILE },
        ] {
            assert!(matches!(derive_key("x", &[0; SALT_LEN], cost), Err(PassphraseError::Cost)));
        }
        let none = Cost { memory_kib: 0, passes: 0, lanes: 0 };
        assert!(matches!(derive_key("x", &[0; SALT_LEN], none), Err(PassphraseError::Argon2(_))));
    }
}
