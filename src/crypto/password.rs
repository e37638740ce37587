//! Argon2id (RFC 9106) with 19 MiB, two passes and one lane.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// Memory of one hashing in KiB: 19 MiB, with two passes enough for interactive logins.
const MEMORY_KIB: u32 = 19 * 1024;

/// Passes over the memory.
const PASSES: u32 = 2;

/// Lanes: one, so that a hashing takes one processor.
const LANES: u32 = 1;

/// Length of a password's salt in bytes.
pub const SALT_LEN: usize = 16;

/// The parameters or the stored text are not usable.
#[derive(Debug, thiserror::Error)]
#[error("password hashing failed: {0}")]
pub struct PasswordError(String);

/// Returns the PHC text (`$argon2id$…`) of a password under the given salt.
pub fn hash(password: &str, salt: &[u8; SALT_LEN]) -> Result<String, PasswordError> {
    let hashed = hasher()?
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|error| PasswordError(error.to_string()))?;
    Ok(hashed.to_string())
}

/// Tells whether the password is the one the PHC text was made from.
pub fn verify(password: &str, stored: &str) -> Result<bool, PasswordError> {
    let stored = PasswordHash::new(stored).map_err(|error| PasswordError(error.to_string()))?;
    Ok(hasher()?.verify_password(password.as_bytes(), &stored).is_ok())
}

fn hasher() -> Result<Argon2<'static>, PasswordError> {
    let parameters =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| PasswordError(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_is_verified() {
        let stored = hash("correct horse", &[7; SALT_LEN]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("correct horse", &stored).unwrap());
        assert!(!verify("correct horsf", &stored).unwrap());
        assert!(verify("anything", "not a hash").is_err());
    }
}
