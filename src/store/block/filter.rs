//! Filters over sets of 64-bit hashes: binary fuse filters (Graf, Lemire 2022), 8 bits a slot, about 1.2 bytes a hash
//! in large sets, wrong "maybe" in one of 256 cases, never a wrong "no".

use crate::store::error::StoreError;
use xorf::{BinaryFuse8, BinaryFuse8Ref, DmaSerializable, Filter, FilterRef};

/// Makes a filter's bytes; the hashes may repeat.
pub(in crate::store) fn build(mut hashes: Vec<u64>) -> Result<Vec<u8>, StoreError> {
    hashes.sort_unstable();
    hashes.dedup();
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let filter =
        BinaryFuse8::try_from(&hashes).map_err(|_reason| StoreError::corrupt("filter", hashes.len()))?;
    let mut bytes = vec![0; BinaryFuse8::DESCRIPTOR_LEN];
    filter.dma_copy_descriptor_to(&mut bytes);
    bytes.extend_from_slice(filter.dma_fingerprints());
    Ok(bytes)
}

/// Tells whether the hash may be in the set; no bytes are the filter of an empty set.
pub(in crate::store) fn may_contain(bytes: &[u8], hash: u64) -> bool {
    match bytes.split_at_checked(BinaryFuse8::DESCRIPTOR_LEN) {
        None => false,
        Some((descriptor, fingerprints)) => {
            BinaryFuse8Ref::from_dma(descriptor, fingerprints).contains(&hash)
        }
    }
}

/// What a hash in a block's filter is of.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Kind {
    Source = 1,
    Type = 2,
    Trace = 3,
}

/// Hashes a text of a kind: FNV-1a with 64 bits, because stored filters need a hash that never changes.
pub(in crate::store) fn hash(kind: Kind, text: &[u8]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let start = (OFFSET ^ kind as u64).wrapping_mul(PRIME);
    text.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_source_is_no_type() {
        let bytes = build(vec![hash(Kind::Source, b"pos")]).unwrap();
        assert!(may_contain(&bytes, hash(Kind::Source, b"pos")));
        assert!(!may_contain(&bytes, hash(Kind::Type, b"pos")));
        assert!(!may_contain(&[], hash(Kind::Source, b"pos")));
    }

    proptest! {
        #[test]
        fn a_filter_never_denies_what_is_in_it(hashes in proptest::collection::vec(any::<u64>(), 0..500)) {
            let bytes = build(hashes.clone()).unwrap();
            prop_assert!(hashes.iter().all(|hash| may_contain(&bytes, *hash)));
        }
    }
}
