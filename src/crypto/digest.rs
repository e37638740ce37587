//! SHA-256 (FIPS 180-4) over one or several pieces.

use ring::digest::{Context, SHA256};
use subtle::ConstantTimeEq;

/// Length of a digest in bytes.
pub const DIGEST_LEN: usize = 32;

/// A SHA-256 digest, 32 bytes.
pub type Digest = [u8; DIGEST_LEN];

/// Returns the SHA-256 digest of the pieces, one after the other.
pub fn sha256(pieces: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::default();
    for piece in pieces {
        hasher.update(piece);
    }
    hasher.finish()
}

/// A digest in the making, for what does not fit into memory.
#[derive(Clone)]
pub struct Sha256(Context);

/// Begins with nothing.
impl Default for Sha256 {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Sha256 {
    /// Adds a piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// Returns the digest of all pieces.
    pub fn finish(self) -> Digest {
        let mut digest = [0; DIGEST_LEN];
        digest.copy_from_slice(self.0.finish().as_ref());
        digest
    }
}

/// Compares two secrets in a time that depends on their lengths only.
pub fn equal_in_constant_time(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    #[test]
    fn the_digest_of_pieces_is_the_digest_of_their_concatenation() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(HEXLOWER.encode(&sha256(&[b"abc"])), expected);
        assert_eq!(HEXLOWER.encode(&sha256(&[b"a", b"", b"bc"])), expected);
    }

    #[test]
    fn secrets_of_different_lengths_are_unequal() {
        assert!(equal_in_constant_time(b"same", b"same"));
        assert!(!equal_in_constant_time(b"same", b"sama"));
        assert!(!equal_in_constant_time(b"same", b"sam"));
    }
}
