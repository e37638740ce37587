//! One entry as bytes.

use crate::store::effects::RowChange;

/// What every entry begins with.
const MAGIC: &[u8; 8] = b"MSTENTRY";

/// Entries begin at multiples of this: the smallest unit a disk writes.
pub const SECTOR: usize = 512;

/// Bytes before the body.
const HEADER_LEN: usize = 48;

/// Bytes of the header that the checksum covers.
const CHECKED_LEN: usize = 44;

/// One batch: events with consecutive numbers and row changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Number, one more than the entry before.
    pub number: u64,
    /// Sequence number of the first event; of the next one if there is none.
    pub first_seq: u64,
    /// The events' records, payloads inside.
    pub records: Vec<Vec<u8>>,
    /// Rows put or deleted.
    pub rows: Vec<RowChange>,
}

impl Entry {
    /// Returns the sequence number after the entry's last event.
    pub fn end_seq(&self) -> u64 {
        self.first_seq + self.records.len() as u64
    }

    /// Tells whether applying the entry changes nothing.
    pub fn is_probe(&self) -> bool {
        self.records.is_empty() && self.rows.is_empty()
    }

    /// Writes the entry into `buffer` (replacing what is there), padded to a multiple of the sector.
    pub(super) fn encode(&self, generation: u64, seed: u32, buffer: &mut Vec<u8>) {
        buffer.clear();
        buffer.extend(MAGIC);
        buffer.extend(generation.to_be_bytes());
        buffer.extend(self.number.to_be_bytes());
        buffer.extend(self.first_seq.to_be_bytes());
        buffer.extend(count(self.records.len()).to_be_bytes());
        buffer.extend(count(self.rows.len()).to_be_bytes());
        buffer.extend([0; 8]);
        for record in &self.records {
            buffer.extend(count(record.len()).to_be_bytes());
            buffer.extend(record);
        }
        for row in &self.rows {
            encode_row(row, buffer);
        }
        let body_len = count(buffer.len() - HEADER_LEN);
        write_at(buffer, CHECKED_LEN - 4, body_len);
        let checksum = checksum(seed, buffer).expect("the buffer begins with a whole header");
        write_at(buffer, CHECKED_LEN, checksum);
        buffer.resize(buffer.len().next_multiple_of(SECTOR), 0);
    }

    /// Returns the length the entry takes in a segment.
    pub fn encoded_len(&self) -> usize {
        let records: usize = self.records.iter().map(|record| 4 + record.len()).sum();
        let rows: usize = self.rows.iter().map(encoded_row_len).sum();
        (HEADER_LEN + records + rows).next_multiple_of(SECTOR)
    }
}

/// Returns how many bytes the records of the largest entry may take, each with its length before it: an entry is at
/// most a quarter of a segment.
pub fn entry_room(segment_bytes: u64) -> usize {
    entry_len_max(segment_bytes).saturating_sub(HEADER_LEN + SECTOR)
}

/// Returns the largest length an entry may have: a quarter of a segment.
pub fn entry_len_max(segment_bytes: u64) -> usize {
    usize::try_from(segment_bytes / 4).unwrap_or(usize::MAX)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("an entry is smaller than a quarter of a segment")
}

fn write_at(buffer: &mut [u8], offset: usize, number: u32) {
    if let Some(slot) = buffer.get_mut(offset..).and_then(<[u8]>::first_chunk_mut::<4>) {
        *slot = number.to_be_bytes();
    }
}

fn checksum(seed: u32, bytes: &[u8]) -> Option<u32> {
    let header = bytes.get(..CHECKED_LEN)?;
    let body = bytes.get(HEADER_LEN..)?;
    Some(crc32c::crc32c_append(crc32c::crc32c_append(seed, header), body))
}

fn encoded_row_len(row: &RowChange) -> usize {
    4 + row.key.len() + row.value.as_ref().map_or(0, |value| 4 + value.len())
}

fn encode_row(row: &RowChange, buffer: &mut Vec<u8>) {
    let key_len = u16::try_from(row.key.len()).expect("row keys are names and numbers");
    buffer.extend([row.table, u8::from(row.value.is_some())]);
    buffer.extend(key_len.to_be_bytes());
    buffer.extend(&row.key);
    if let Some(value) = &row.value {
        buffer.extend(count(value.len()).to_be_bytes());
        buffer.extend(value);
    }
}

/// Why an entry was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// Its checksum is wrong: it is not whole, or was never written.
    Torn,
    /// Its checksum is right, and it holds something that this program does not know.
    Unknown,
}

/// What an entry's header says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EntryHeader {
    pub(super) generation: u64,
    pub(super) number: u64,
    first_seq: u64,
    events: u32,
    rows: u32,
    body_len: u32,
    checksum: u32,
}

impl EntryHeader {
    /// Reads a header; none if the bytes do not begin with one.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let generation = u64::from_be_bytes(take(&mut rest)?);
        let number = u64::from_be_bytes(take(&mut rest)?);
        let first_seq = u64::from_be_bytes(take(&mut rest)?);
        let events = u32::from_be_bytes(take(&mut rest)?);
        let rows = u32::from_be_bytes(take(&mut rest)?);
        let body_len = u32::from_be_bytes(take(&mut rest)?);
        let checksum = u32::from_be_bytes(take(&mut rest)?);
        Some(Self { generation, number, first_seq, events, rows, body_len, checksum })
    }

    /// Returns the bytes from the header to the end of the padding.
    pub(super) fn padded_len(&self) -> usize {
        (HEADER_LEN + self.body_len as usize).next_multiple_of(SECTOR)
    }

    /// Reads the whole entry. `bytes` begin at the header.
    pub(super) fn decode(&self, seed: u32, bytes: &[u8]) -> Result<Entry, Unread> {
        let whole = bytes
            .get(..HEADER_LEN + self.body_len as usize)
            .filter(|bytes| checksum(seed, bytes) == Some(self.checksum));
        let body = whole.and_then(|bytes| bytes.get(HEADER_LEN..)).ok_or(Unread::Torn)?;
        self.decode_body(body).ok_or(Unread::Unknown)
    }

    fn decode_body(&self, body: &[u8]) -> Option<Entry> {
        let mut rest = body;
        let mut entry = Entry { number: self.number, first_seq: self.first_seq, ..Entry::default() };
        for _ in 0..self.events {
            let len = u32::from_be_bytes(take(&mut rest)?) as usize;
            entry.records.push(take_slice(&mut rest, len)?.to_vec());
        }
        for _ in 0..self.rows {
            entry.rows.push(decode_row(&mut rest)?);
        }
        rest.is_empty().then_some(entry)
    }
}

fn decode_row(rest: &mut &[u8]) -> Option<RowChange> {
    let [table, put] = take(rest)?;
    let key_len = usize::from(u16::from_be_bytes(take(rest)?));
    let key = take_slice(rest, key_len)?.to_vec();
    let value = match put {
        0 => None,
        1 => {
            let len = u32::from_be_bytes(take(rest)?) as usize;
            Some(take_slice(rest, len)?.to_vec())
        }
        _ => return None,
    };
    Some(RowChange { table, key, value })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (piece, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*piece)
}

fn take_slice<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (piece, after) = rest.split_at_checked(len)?;
    *rest = after;
    Some(piece)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Entry {
        Entry {
            number: 9,
            first_seq: 100,
            records: vec![vec![1; 700], vec![]],
            rows: vec![
                RowChange { table: 1, key: vec![1], value: Some(vec![2; 9]) },
                RowChange { table: 2, key: vec![], value: None },
            ],
        }
    }

    #[test]
    fn an_entry_survives_writing_and_reading() {
        let mut bytes = Vec::new();
        sample().encode(4, 77, &mut bytes);
        assert_eq!(bytes.len(), sample().encoded_len());
        let header = EntryHeader::parse(&bytes).unwrap();
        assert_eq!((header.generation, header.number, header.padded_len()), (4, 9, bytes.len()));
        assert_eq!(header.decode(77, &bytes), Ok(sample()));
        assert_eq!(header.decode(78, &bytes), Err(Unread::Torn), "another store's");
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let mut bytes = Vec::new();
        sample().encode(4, 77, &mut bytes);
        let written = HEADER_LEN + EntryHeader::parse(&bytes).unwrap().body_len as usize;
        for position in 0..written {
            bytes[position] ^= 0x10;
            let read =
                EntryHeader::parse(&bytes).map_or(Err(Unread::Torn), |header| header.decode(77, &bytes));
            assert_eq!(read, Err(Unread::Torn), "byte {position}");
            bytes[position] ^= 0x10;
        }
    }

    #[test]
    fn a_whole_entry_with_a_change_of_another_kind_is_not_torn() {
        let entry = Entry { records: Vec::new(), ..sample() };
        let mut bytes = Vec::new();
        entry.encode(4, 77, &mut bytes);
        bytes[HEADER_LEN + 1] = 2;
        let written = HEADER_LEN + EntryHeader::parse(&bytes).unwrap().body_len as usize;
        let right = checksum(77, &bytes[..written]).unwrap();
        write_at(&mut bytes, CHECKED_LEN, right);
        assert_eq!(EntryHeader::parse(&bytes).unwrap().decode(77, &bytes), Err(Unread::Unknown));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_entry_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = EntryHeader::parse(&bytes);
            bytes.splice(..0, *MAGIC);
            if let Some(header) = EntryHeader::parse(&bytes) {
                let _ = header.decode(0, &bytes);
            }
        }
    }
}
