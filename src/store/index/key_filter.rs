//! Filters over the keys of a run: binary fuse filters (Graf, Lemire 2022) with 16 bits a slot, about 2.3 bytes a key
//! in large runs, a wrong "maybe" in one of 65,536 cases, never a wrong "no".
//!
//! A wrong "maybe" costs a read of the database, many times what asking costs, and a new key asks every run there is:
//! with 8 bits a slot one new key in eleven would at twelve million keys.
//!
//! **Stored**: descriptor (20: seed 8, length of a segment 4, that less one 4, length of all segments where a first
//! place may lie 4; little-endian), then the low byte of every slot, then the high byte of every slot. Nearly every
//! question ends at the low bytes, so only they need to be near the processor. They and the descriptor alone are a
//! filter too, of 8 bits: that is how earlier versions stored them, and how those read what this one stores.

use crate::domain::idempotency::KeyHash;
use crate::store::error::StoreError;
use xorf::{BinaryFuse16, DmaSerializable};

/// Bytes of the descriptor.
const DESCRIPTOR_LEN: usize = BinaryFuse16::DESCRIPTOR_LEN;

/// Places of a key, each in a segment of its own.
const PLACES: u32 = 3;

/// Returns what a key's hash is in a run's filter.
pub(in crate::store) fn filter_hash(key: KeyHash) -> u64 {
    u64::try_from(key.0 & u128::from(u64::MAX)).expect("the mask leaves 64 bits")
}

/// Makes a filter's bytes; the hashes may repeat.
pub(super) fn build(mut hashes: Vec<u64>) -> Result<Vec<u8>, StoreError> {
    hashes.sort_unstable();
    hashes.dedup();
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let filter =
        BinaryFuse16::try_from(&hashes).map_err(|_reason| StoreError::corrupt("filter", hashes.len()))?;
    let mut bytes = vec![0; DESCRIPTOR_LEN];
    filter.dma_copy_descriptor_to(&mut bytes);
    let slots = filter.fingerprints.iter().map(|slot| slot.to_le_bytes());
    bytes.extend(slots.clone().map(|[low, _]| low));
    bytes.extend(slots.map(|[_, high]| high));
    Ok(bytes)
}

/// Where the keys of a filter have their places. Filters of equally many keys nearly always have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    seed: u64,
    segment_len: u32,
    segment_mask: u32,
    first_places: u32,
}

/// What a hash asks filters of a shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    /// The slots that together say whether a key is there.
    pub(super) places: [usize; 3],
    /// What the low bytes of the slots fold to if it is.
    pub(super) low: u8,
    /// What the high bytes fold to.
    pub(super) high: u8,
}

impl Shape {
    /// Returns how many slots a filter of this shape has; none if there is no such filter.
    fn slots(self) -> Option<usize> {
        let others = self.segment_len.checked_mul(PLACES - 1)?;
        let is_whole = self.segment_len.is_power_of_two()
            && self.segment_mask == self.segment_len - 1
            && self.first_places > 0
            && self.first_places.is_multiple_of(self.segment_len);
        is_whole.then_some(usize::try_from(self.first_places.checked_add(others)?).ok()?)
    }

    /// Returns what a hash asks.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the first is below a u32, of the others the low bits count"
    )]
    pub(super) fn question(self, hash: u64) -> Question {
        let mixed = mix(hash, self.seed);
        let first = ((u128::from(mixed) * u128::from(self.first_places)) >> 64) as u32;
        let second = (first + self.segment_len) ^ ((mixed >> 18) as u32 & self.segment_mask);
        let third = (first + 2 * self.segment_len) ^ (mixed as u32 & self.segment_mask);
        let [low, high, ..] = (mixed ^ (mixed >> 32)).to_le_bytes();
        Question { places: [first, second, third].map(|place| place as usize), low, high }
    }
}

/// A run's filter as it is stored.
#[derive(Clone, Debug)]
pub struct KeyFilter {
    pub(super) shape: Shape,
    /// The low byte of every slot.
    pub(super) low: Vec<u8>,
    /// The high byte of every slot; none in a filter of an earlier version.
    pub(super) high: Vec<u8>,
}

impl KeyFilter {
    /// Reads a filter's bytes; none is the filter of no keys.
    pub(super) fn read(run: u64, bytes: &[u8]) -> Result<Option<Self>, StoreError> {
        if bytes.is_empty() {
            return Ok(None);
        }
        Self::parse(bytes).map(Some).ok_or_else(|| StoreError::corrupt("filter of index run", run))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (descriptor, slots) = bytes.split_first_chunk::<DESCRIPTOR_LEN>()?;
        let (seed, lengths) = descriptor.split_first_chunk::<8>()?;
        let (lengths, _) = lengths.as_chunks::<4>();
        let [segment_len, segment_mask, first_places] =
            <[[u8; 4]; 3]>::try_from(lengths).ok()?.map(u32::from_le_bytes);
        let shape = Shape { seed: u64::from_le_bytes(*seed), segment_len, segment_mask, first_places };
        let (low, high) = slots.split_at_checked(shape.slots()?)?;
        (high.is_empty() || high.len() == low.len()).then_some(())?;
        Some(Self { shape, low: low.to_vec(), high: high.to_vec() })
    }
}

/// Folds what stands at a key's places.
pub(super) fn fold(slots: &[u8], places: [usize; 3]) -> u8 {
    places.into_iter().fold(0, |folded, place| folded ^ slots.get(place).copied().unwrap_or_default())
}

/// Spreads a hash with a filter's seed, as the filter's maker does: the finalizer of `MurmurHash3`.
fn mix(hash: u64, seed: u64) -> u64 {
    let mut mixed = hash.wrapping_add(seed);
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ (mixed >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::block::filter;
    use proptest::prelude::*;
    use xorf::Filter;

    /// Hashes that look random, of so many keys.
    fn hashes(keys: std::ops::Range<u64>) -> Vec<u64> {
        keys.map(|key| mix(key, 77)).collect()
    }

    fn may_contain(filter: &KeyFilter, hash: u64) -> bool {
        let Question { places, low, high } = filter.shape.question(hash);
        fold(&filter.low, places) == low && (filter.high.is_empty() || fold(&filter.high, places) == high)
    }

    fn read(bytes: &[u8]) -> KeyFilter {
        KeyFilter::read(1, bytes).unwrap().unwrap()
    }

    #[test]
    fn few_keys_are_taken_for_others() {
        let bytes = build(hashes(0..50_000)).unwrap();
        let filter = read(&bytes);
        let wrong = hashes(50_000..1_050_000).iter().filter(|hash| may_contain(&filter, **hash)).count();
        assert!(wrong < 50, "{wrong} of a million, where fifteen are to be expected");
        assert!(bytes.len() < 2 * 50_000 * 13 / 10, "{} bytes", bytes.len());
    }

    #[test]
    fn a_filter_of_an_earlier_version_is_read_and_an_earlier_version_reads_this_ones() {
        let keys = hashes(0..20_000);
        let (earlier, bytes) = (filter::build(keys.clone()).unwrap(), build(keys.clone()).unwrap());
        assert_eq!(bytes[..earlier.len()], earlier, "what this version stores begins as what that one did");
        let filter = read(&earlier);
        assert!(keys.iter().all(|hash| may_contain(&filter, *hash)));
        let wrong = hashes(20_000..120_000).iter().filter(|hash| may_contain(&filter, **hash)).count();
        assert!((200..600).contains(&wrong), "{wrong} of a hundred thousand, where 390 are to be expected");
    }

    #[test]
    fn bytes_that_are_no_filter_are_refused() {
        let bytes = build(hashes(0..1_000)).unwrap();
        for wrong in [&bytes[..10], &bytes[..bytes.len() - 1], &[0; 40][..], &[255; 400][..]] {
            assert!(KeyFilter::read(7, wrong).is_err(), "{} bytes", wrong.len());
        }
        assert!(KeyFilter::read(7, &build(Vec::new()).unwrap()).unwrap().is_none());
    }

    proptest! {
        #[test]
        fn a_filter_answers_as_its_maker_does(
            keys in proptest::collection::vec(any::<u64>(), 1..500),
            others in proptest::collection::vec(any::<u64>(), 0..500),
        ) {
            let filter = read(&build(keys.clone()).unwrap());
            prop_assert!(keys.iter().all(|hash| may_contain(&filter, *hash)));
            let mut distinct = keys;
            distinct.sort_unstable();
            distinct.dedup();
            let maker = BinaryFuse16::try_from(&distinct).unwrap();
            for hash in others {
                prop_assert_eq!(may_contain(&filter, hash), maker.contains(&hash));
            }
        }

        #[test]
        fn any_bytes_are_a_filter_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), hash: u64) {
            if let Ok(Some(filter)) = KeyFilter::read(1, &bytes) {
                let _ = may_contain(&filter, hash);
            }
        }
    }
}
