//! One segment's header.

use crate::store::journal::entry::SECTOR;

/// What every segment begins with.
const MAGIC: &[u8; 8] = b"MSTJRNL\0";

/// The journal format this program reads and writes.
pub(super) const FORMAT: u32 = 1;

/// Bytes before the first entry: a page, so that the header shares none with an entry.
pub(super) const HEADER_LEN: usize = 4_096;

/// The store's random id.
pub type StoreId = [u8; 16];

/// Returns the seed of the entries' checksums.
pub(super) fn seed(store: &StoreId) -> u32 {
    crc32c::crc32c(store)
}

/// What a segment's first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SegmentHeader {
    /// Never used, or its header was torn.
    Blank,
    /// Written by another format version.
    OtherFormat(u32),
    /// A whole header.
    Used { store: StoreId, generation: u64 },
}

impl SegmentHeader {
    /// Reads a header.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        Self::read(bytes).unwrap_or(Self::Blank)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let checked = bytes.get(..36)?;
        let checksum = bytes.get(36..)?.first_chunk::<4>()?;
        let rest = checked.strip_prefix(MAGIC)?;
        if crc32c::crc32c(checked).to_be_bytes() != *checksum {
            return None;
        }
        let (format, rest) = rest.split_first_chunk::<4>()?;
        let format = u32::from_be_bytes(*format);
        if format != FORMAT {
            return Some(Self::OtherFormat(format));
        }
        let (store, rest) = rest.split_first_chunk::<16>()?;
        Some(Self::Used { store: *store, generation: u64::from_be_bytes(*rest.first_chunk()?) })
    }
}

/// Writes a header of 4,096 bytes.
pub(super) fn encode(store: &StoreId, generation: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_LEN);
    bytes.extend(MAGIC);
    bytes.extend(FORMAT.to_be_bytes());
    bytes.extend(store);
    bytes.extend(generation.to_be_bytes());
    bytes.extend(crc32c::crc32c(&bytes).to_be_bytes());
    bytes.resize(HEADER_LEN, 0);
    bytes
}

/// What the last sector of a segment begins with once the next generation has begun.
const END_MAGIC: &[u8; 8] = b"MSTNEXT\0";

/// Writes the mark that the generation after `generation` has begun: a sector.
pub(super) fn encode_end(store: &StoreId, generation: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SECTOR);
    bytes.extend(END_MAGIC);
    bytes.extend(generation.to_be_bytes());
    bytes.extend(crc32c::crc32c_append(seed(store), &bytes).to_be_bytes());
    bytes.resize(SECTOR, 0);
    bytes
}

/// Tells whether a segment of `generation` ends in the mark that the next has begun.
pub(super) fn has_end(segment: &[u8], store: &StoreId, generation: u64) -> bool {
    segment.last_chunk::<SECTOR>().is_some_and(|last| *last == *encode_end(store, generation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_survives_writing_and_reading() {
        let bytes = encode(&[7; 16], 12);
        assert_eq!(SegmentHeader::parse(&bytes), SegmentHeader::Used { store: [7; 16], generation: 12 });
        assert_eq!(SegmentHeader::parse(&[0; HEADER_LEN]), SegmentHeader::Blank);
        assert_eq!(SegmentHeader::parse(&bytes[..20]), SegmentHeader::Blank);
        let mut other = bytes[..36].to_vec();
        other[11] = 2;
        other.extend(crc32c::crc32c(&other).to_be_bytes());
        assert_eq!(SegmentHeader::parse(&other), SegmentHeader::OtherFormat(2));
    }

    #[test]
    fn the_mark_at_a_segments_end_is_of_its_generation_and_store() {
        let segment = [vec![9; 1_000], encode_end(&[7; 16], 12)].concat();
        assert!(has_end(&segment, &[7; 16], 12));
        assert!(!has_end(&segment, &[7; 16], 8) && !has_end(&segment, &[8; 16], 12));
        assert!(!has_end(&[], &[7; 16], 12) && !has_end(&[0; 1_000], &[7; 16], 12));
    }
}
