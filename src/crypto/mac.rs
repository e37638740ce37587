//! HMAC (RFC 2104): SHA-256 with a key prepared once, and SHA-1, SHA-256 and SHA-512 for one message.

use crate::crypto::digest::{DIGEST_LEN, Digest};
use ring::hmac;

/// A key whose inner and outer hash states are computed once and used for every message.
#[derive(Clone)]
pub struct MacKey(hmac::Key);

impl MacKey {
    /// Prepares a key; any length is accepted, 32 random bytes are right.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// Returns the 32-byte code of the pieces, one after the other.
    pub fn authenticate(&self, pieces: &[&[u8]]) -> Digest {
        let mut code = [0; DIGEST_LEN];
        code.copy_from_slice(sign(&self.0, pieces).as_ref());
        code
    }
}

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MacKey(hidden)")
    }
}

/// The hash function under a code that somebody else made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacHash {
    /// SHA-1, 20 bytes: broken as a hash, not under HMAC; for senders that know nothing else.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl MacHash {
    /// Returns how many bytes a code has.
    pub fn code_len(self) -> usize {
        self.algorithm().digest_algorithm().output_len()
    }

    fn algorithm(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }
}

/// Returns the code of one message, the pieces one after the other, under any secret.
pub fn authenticate_once(hash: MacHash, secret: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
    sign(&hmac::Key::new(hash.algorithm(), secret), pieces).as_ref().to_vec()
}

fn sign(key: &hmac::Key, pieces: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    for piece in pieces {
        context.update(piece);
    }
    context.sign()
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    #[test]
    fn every_hash_gives_the_code_of_rfc_2202_and_rfc_4231() {
        for (hash, expected) in [
            (MacHash::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (MacHash::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                MacHash::Sha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ] {
            let code = authenticate_once(hash, b"Jefe", &[b"what do ya want ", b"for nothing?"]);
            assert_eq!(HEXLOWER.encode(&code), expected, "{hash:?}");
        }
        assert_eq!(authenticate_once(MacHash::Sha256, b"", &[]).len(), 32);
    }

    #[test]
    fn the_code_is_that_of_rfc_4231_test_case_2() {
        let key = MacKey::new(b"Jefe");
        let code = key.authenticate(&[b"what do ya want ", b"for nothing?"]);
        assert_eq!(
            HEXLOWER.encode(&code),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(format!("{key:?}"), "MacKey(hidden)");
    }
}
