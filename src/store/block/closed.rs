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

    /// Many events close together: a case that random places once failed with.
    const CLOSE: [u16; 249] = [
        10, 14, 31, 107, 137, 144, 159, 200, 227, 238, 239, 243, 260, 261, 274, 295, 300, 318, 322, 332, 334,
        341, 347, 363, 374, 387, 396, 415, 416, 424, 425, 426, 428, 461, 476, 495, 508, 547, 588, 597, 605,
        660, 679, 705, 740, 754, 762, 764, 779, 814, 863, 886, 890, 906, 913, 940, 941, 954, 978, 988, 997,
        1001, 1005, 1025, 1032, 1034, 1037, 1071, 1076, 1081, 1090, 1110, 1121, 1177, 1188, 1235, 1236, 1256,
        1258, 1268, 1271, 1324, 1333, 1341, 1374, 1376, 1388, 1394, 1416, 1429, 1500, 1558, 1599, 1615, 1622,
        1632, 1645, 1646, 1671, 1679, 1683, 1702, 1733, 1735, 1744, 1771, 1782, 1792, 1812, 1823, 1876, 1917,
        1920, 1935, 1949, 1953, 1966, 1983, 1985, 2023, 2032, 2042, 2064, 2086, 2088, 2102, 2116, 2137, 2161,
        2170, 2182, 2245, 2301, 2305, 2343, 2351, 2355, 2358, 2365, 2369, 2422, 2426, 2430, 2432, 2437, 2439,
        2486, 2487, 2489, 2544, 2563, 2564, 2568, 2587, 2619, 2637, 2657, 2720, 2727, 2817, 2925, 2926, 2928,
        2945, 2955, 2970, 2995, 2998, 3013, 3020, 3046, 3067, 3104, 3111, 3114, 3118, 3132, 3149, 3168, 3173,
        3218, 3242, 3266, 3268, 3277, 3283, 3299, 3308, 3312, 3329, 3335, 3351, 3362, 3368, 3391, 3396, 3408,
        3436, 3449, 3452, 3457, 3476, 3493, 3499, 3502, 3511, 3525, 3527, 3543, 3553, 3558, 3565, 3576, 3594,
        3598, 3636, 3666, 3670, 3673, 3680, 3697, 3700, 3710, 3713, 3742, 3747, 3750, 3754, 3776, 3793, 3813,
        3834, 3838, 3873, 3881, 3883, 3905, 3914, 3973, 3974, 4007, 4020, 4037, 4050, 4054, 4075, 4080, 4087,
        4088,
    ];

    fn assert_survives(places: &[u16]) {
        let filter = build(vec![hash(Kind::Source, b"pos")]).unwrap();
        let share = ShareRow::read(0, &encode_share(places, 77, &filter)).unwrap();
        assert_eq!(share.places, places);
        assert_eq!(share.payload_bytes, 77);
        let wanted = |source| Wanted { source: Some(source), ..Wanted::default() };
        assert!(share.may_hold(wanted("pos")));
        assert!(!share.may_hold(wanted("till")));
    }

    #[test]
    fn a_share_of_many_close_events_survives_writing_and_reading() {
        assert_survives(&CLOSE);
    }

    proptest! {
        #[test]
        fn shares_survive_writing_and_reading(places in proptest::collection::btree_set(0u16..4096, 0..300)) {
            assert_survives(&places.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_rows_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (BlockRow::read(0, &bytes), ShareRow::read(0, &bytes));
        }
    }
}
