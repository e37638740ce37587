//! The Merkle tree of RFC 6962 section 2.1, kept as a frontier: the roots of its complete subtrees.

use crate::crypto::digest::{DIGEST_LEN, Digest, sha256};

/// Returns the hash of a leaf: SHA-256(0x00 ‖ entry).
pub fn leaf_hash(entry: &[u8]) -> Digest {
    sha256(&[&[0], entry])
}

/// Returns the hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    sha256(&[&[1], left, right])
}

/// The roots of the complete subtrees of a tree of `size` leaves, widest first: one for every 1 in `size`.
///
/// Appending costs one node hash on average, and the root can be told at any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Digest>,
}

impl Frontier {
    /// Returns the number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf's hash.
    pub fn push(&mut self, leaf: Digest) {
        self.push_noting(leaf, u32::MAX);
    }

    /// Appends a leaf's hash; returns the root of the subtree of `2^height` leaves that it completes, if it does.
    pub fn push_noting(&mut self, leaf: Digest, height: u32) -> Option<Digest> {
        let mut node = leaf;
        let mut noted = None;
        for node_height in 0..self.size.trailing_ones() {
            if node_height == height {
                noted = Some(node);
            }
            let left = self.roots.pop().expect("there is a root for every 1 in the size");
            node = node_hash(&left, &node);
        }
        if self.size.trailing_ones() == height {
            noted = Some(node);
        }
        self.roots.push(node);
        self.size += 1;
        noted
    }

    /// Returns the tree's root; of an empty tree SHA-256 of nothing.
    pub fn root(&self) -> Digest {
        let mut from_narrowest = self.roots.iter().rev();
        let Some(narrowest) = from_narrowest.next() else { return sha256(&[]) };
        from_narrowest.fold(*narrowest, |right, left| node_hash(left, &right))
    }

    /// Writes size and roots: 8 bytes big-endian, then 32 bytes a root.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + self.roots.len() * DIGEST_LEN);
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend(self.roots.iter().flatten());
        bytes
    }

    /// Reads what `to_bytes` wrote; none if it is something else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (size, roots) = bytes.split_first_chunk::<8>()?;
        let (size, (roots, rest)) = (u64::from_be_bytes(*size), roots.as_chunks::<DIGEST_LEN>());
        let fits = rest.is_empty() && roots.len() == size.count_ones() as usize;
        fits.then(|| Self { size, roots: roots.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::{BASE64, HEXLOWER};
    use proptest::prelude::*;

    /// The definition of RFC 6962 section 2.1, word for word.
    fn root_by_definition(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => sha256(&[]),
            [leaf] => *leaf,
            _ => {
                let split = (leaves.len() - 1).checked_ilog2().map_or(1, |power| 1 << power);
                node_hash(&root_by_definition(&leaves[..split]), &root_by_definition(&leaves[split..]))
            }
        }
    }

    #[test]
    fn the_known_answers_hold() {
        assert_eq!(
            HEXLOWER.encode(&leaf_hash(b"a")),
            "022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c"
        );
        let mut frontier = Frontier::default();
        frontier.push(leaf_hash(b"a"));
        frontier.push(leaf_hash(b"b"));
        assert_eq!(BASE64.encode(&frontier.root()), "sTeYX/SE+2ANuTEHx3sDZcgNePW0Kd7Q/Zc2HQd5mes=");
    }

    proptest! {
        #[test]
        fn the_frontier_has_the_root_of_the_definition(count in 0usize..200) {
            let leaves: Vec<_> = (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            let mut frontier = Frontier::default();
            for leaf in &leaves {
                frontier.push(*leaf);
            }
            prop_assert_eq!(frontier.root(), root_by_definition(&leaves));
            prop_assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Some(frontier));
        }

        #[test]
        fn completed_subtrees_are_noted(count in 0usize..40) {
            let leaves: Vec<_> = (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            let mut frontier = Frontier::default();
            let noted: Vec<_> = leaves.iter().filter_map(|leaf| frontier.push_noting(*leaf, 2)).collect();
            let expected: Vec<_> = leaves.chunks_exact(4).map(root_by_definition).collect();
            prop_assert_eq!(noted, expected);
        }

        #[test]
        fn any_bytes_are_a_frontier_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(frontier) = Frontier::from_bytes(&bytes) {
                prop_assert_eq!(frontier.to_bytes(), bytes);
            }
        }
    }
}
