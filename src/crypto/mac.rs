//! HMAC-SHA256 (RFC 2104) with a key prepared once.

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
        let mut context = hmac::Context::with_key(&self.0);
        for piece in pieces {
            context.update(piece);
        }
        let mut code = [0; DIGEST_LEN];
        code.copy_from_slice(context.sign().as_ref());
        code
    }
}

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MacKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

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
