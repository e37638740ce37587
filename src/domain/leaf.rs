//! The leaf: the fixed 84 bytes of an event that are hashed into the ledger's tree.
//!
//! | offset | size | content |
//! |---|---|---|
//! | 0 | 4 | epoch, big-endian like every number here |
//! | 4 | 4 | tenant number |
//! | 8 | 8 | received_at, microseconds since 1970 |
//! | 16 | 4 | payload length in bytes |
//! | 20 | 32 | SHA-256(salt ‖ attributes) |
//! | 52 | 32 | SHA-256(salt ‖ payload) |
//!
//! Only digests of what a person could have written are in it, each with its own salt. Attributes and payload can be
//! erased together with their salts: the proofs stay valid, and nobody can confirm a guess of what was erased.

use crate::crypto::digest::{DIGEST_LEN, Digest, sha256};
use crate::domain::ids::{Epoch, TenantNumber};
use crate::domain::merkle::leaf_hash;
use crate::domain::time::Timestamp;

/// Length of a leaf in bytes.
pub const LEAF_LEN: usize = 84;

/// Length of a salt in bytes.
pub const SALT_LEN: usize = 16;

/// A salt, 16 random bytes.
pub type Salt = [u8; SALT_LEN];

/// Offset of `received_at` in the leaf's bytes.
pub const RECEIVED_AT_OFFSET: usize = 8;

/// What of an event is hashed into the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Epoch of the ledger.
    pub epoch: Epoch,
    /// Whose event it is.
    pub tenant: TenantNumber,
    /// When it was taken in; never goes backwards along the ledger.
    pub received_at: Timestamp,
    /// Length of the payload in bytes.
    pub payload_len: u32,
    /// SHA-256(salt ‖ attributes).
    pub attributes_digest: Digest,
    /// SHA-256(salt ‖ payload).
    pub payload_digest: Digest,
}

/// Returns the digest that stands for attributes or payload in the leaf.
pub fn salted_digest(salt: &Salt, content: &[u8]) -> Digest {
    sha256(&[salt, content])
}

impl Leaf {
    /// Writes the leaf's bytes.
    pub fn to_bytes(&self) -> [u8; LEAF_LEN] {
        let mut bytes = [0; LEAF_LEN];
        let mut rest = bytes.as_mut_slice();
        let mut put = |piece: &[u8]| {
            let (slot, after) = std::mem::take(&mut rest).split_at_mut(piece.len());
            slot.copy_from_slice(piece);
            rest = after;
        };
        put(&self.epoch.0.to_be_bytes());
        put(&self.tenant.0.to_be_bytes());
        put(&self.received_at.as_micros().to_be_bytes());
        put(&self.payload_len.to_be_bytes());
        put(&self.attributes_digest);
        put(&self.payload_digest);
        bytes
    }

    /// Reads a leaf's bytes.
    pub fn from_bytes(bytes: &[u8; LEAF_LEN]) -> Self {
        let mut rest = bytes.as_slice();
        Self {
            epoch: Epoch(u32::from_be_bytes(take(&mut rest))),
            tenant: TenantNumber(u32::from_be_bytes(take(&mut rest))),
            received_at: Timestamp::from_micros(u64::from_be_bytes(take(&mut rest))),
            payload_len: u32::from_be_bytes(take(&mut rest)),
            attributes_digest: take::<DIGEST_LEN>(&mut rest),
            payload_digest: take::<DIGEST_LEN>(&mut rest),
        }
    }

    /// Returns the leaf's hash in the tree.
    pub fn hash(&self) -> Digest {
        leaf_hash(&self.to_bytes())
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let (piece, after) = rest.split_first_chunk::<N>().expect("the fields add up to the leaf's length");
    *rest = after;
    *piece
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_survives_writing_and_reading() {
        let leaf = Leaf {
            epoch: Epoch(2),
            tenant: TenantNumber(7),
            received_at: Timestamp::from_micros(1_234_567),
            payload_len: 330,
            attributes_digest: [1; 32],
            payload_digest: [2; 32],
        };
        let bytes = leaf.to_bytes();
        assert_eq!(Leaf::from_bytes(&bytes), leaf);
        assert_eq!(bytes[RECEIVED_AT_OFFSET..16], 1_234_567u64.to_be_bytes());
    }
}
