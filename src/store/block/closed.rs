//! Rows of closed blocks.

use crate::crypto::digest::{DIGEST_LEN, Digest};
use crate::domain::time::Timestamp;
use crate::store::block::filter::{Kind, hash, may_contain};
use crate::store::error::StoreError;

const VERSION: u8 = 1;

/// What a block's row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockRow {
    /// When its first event was taken in.
    pub first_time: Timestamp,
    /// When its last event was taken in.
    pub last_time: Timestamp,
    /// Roots of its subtrees of 256 leaves.
    pub subtrees: Vec<Digest>,
}

pub(super) fn encode_block(first: Timestamp, last: Timestamp, subtrees: &[Digest]) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend(first.as_micros().to_be_bytes());
    bytes.extend(last.as_micros().to_be_bytes());
    bytes.extend(subtrees.iter().flatten());
    bytes
}

impl BlockRow {
    /// Reads a block's row.
    pub(in crate::store) fn read(block: u64, bytes: &[u8]) -> Result<Self, StoreError> {
        let read = || {
            let (version, rest) = bytes.split_first()?;
            let (first, rest) = rest.split_first_chunk::<8>()?;
            let (last, rest) = rest.split_first_chunk::<8>()?;
            let (subtrees, after) = rest.as_chunks::<DIGEST_LEN>();
            (*version == VERSION && after.is_empty()).then_some(())?;
            Some(Self {
                first_time: Timestamp::from_micros(u64::from_be_bytes(*first)),
                last_time: Timestamp::from_micros(u64::from_be_bytes(*last)),
                subtrees: subtrees.to_vec(),
            })
        };
        read().ok_or_else(|| StoreError::corrupt("block", block))
    }
}

pub(super) fn encode_share(places: &[u16], payload_bytes: u64, filter: &[u8]) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend(u16::try_from(places.len()).expect("a block has 4,096 places").to_be_bytes());
    bytes.extend(payload_bytes.to_be_bytes());
    let mut next = 0;
    for place in places {
        encode_gap(place - next, &mut bytes);
        next = place + 1;
    }
    bytes.extend(filter);
    bytes
}

fn encode_gap(mut gap: u16, bytes: &mut Vec<u8>) {
    loop {
        let [_, low] = (gap & 0x7f).to_be_bytes();
        gap >>= 7;
        if gap == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

/// What a tenant's row in a block says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareRow {
    /// Places of its events in the block, ascending from 0.
    pub places: Vec<u16>,
    /// Bytes of its payloads.
    pub payload_bytes: u64,
    filter: Vec<u8>,
}

/// What a listing is restricted to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Exactly this source.
    pub source: Option<&'a str>,
    /// Exactly this type.
    pub event_type: Option<&'a str>,
    /// Exactly this trace id.
    pub trace_id: Option<&'a str>,
}

impl ShareRow {
    /// Reads a tenant's row.
    pub(in crate::store) fn read(block: u64, bytes: &[u8]) -> Result<Self, StoreError> {
        Self::split(bytes).ok_or_else(|| StoreError::corrupt("block share", block))
    }

    fn split(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        (*version == VERSION).then_some(())?;
        let (count, rest) = rest.split_first_chunk::<2>()?;
        let (payload_bytes, mut rest) = rest.split_first_chunk::<8>()?;
        let mut places = Vec::with_capacity(usize::from(u16::from_be_bytes(*count)));
        let mut next = 0u16;
        for _ in 0..u16::from_be_bytes(*count) {
            let place = next.checked_add(decode_gap(&mut rest)?)?;
            places.push(place);
            next = place.checked_add(1)?;
        }
        Some(Self { places, payload_bytes: u64::from_be_bytes(*payload_bytes), filter: rest.to_vec() })
    }

    /// Tells whether an event as wanted may be among them.
    pub(in crate::store) fn may_hold(&self, wanted: Wanted<'_>) -> bool {
        [(Kind::Source, wanted.source), (Kind::Type, wanted.event_type), (Kind::Trace, wanted.trace_id)]
            .into_iter()
            .filter_map(|(kind, text)| Some((kind, text?)))
            .all(|(kind, text)| may_contain(&self.filter, hash(kind, text.as_bytes())))
    }
}

fn decode_gap(rest: &mut &[u8]) -> Option<u16> {
    let mut gap = 0u32;
    for shift in [0, 7, 14] {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        gap |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u16::try_from(gap).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::block::filter::build;
    use proptest::prelude::*;

    #[test]
    fn a_block_row_survives_writing_and_reading() {
        let (first, last) = (Timestamp::from_micros(1), Timestamp::from_micros(2));
        let bytes = encode_block(first, last, &[[3; 32], [4; 32]]);
        let row = BlockRow { first_time: first, last_time: last, subtrees: vec![[3; 32], [4; 32]] };
        assert_eq!(BlockRow::read(0, &bytes).unwrap(), row);
        assert!(BlockRow::read(0, &bytes[..30]).is_err());
    }

    proptest! {
        #[test]
        fn shares_survive_writing_and_reading(places in proptest::collection::btree_set(0u16..4096, 0..300)) {
            let places: Vec<_> = places.into_iter().collect();
            let filter = build(vec![hash(Kind::Source, b"pos")]).unwrap();
            let share = ShareRow::read(0, &encode_share(&places, 77, &filter)).unwrap();
            prop_assert_eq!(&share.places, &places);
            prop_assert_eq!(share.payload_bytes, 77);
            let wanted = |source| Wanted { source: Some(source), ..Wanted::default() };
            prop_assert!(share.may_hold(wanted("pos")));
            prop_assert!(!share.may_hold(wanted("till")));
        }

        #[test]
        fn any_bytes_are_rows_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (BlockRow::read(0, &bytes), ShareRow::read(0, &bytes));
        }
    }
}
