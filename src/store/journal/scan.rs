//! Finding the entries to replay.

use crate::platform::disk::Disk;
use crate::store::error::{OpenError, StoreError};
use crate::store::journal::entry::{Entry, EntryHeader, SECTOR, Unread};
use crate::store::journal::segment::{self, FORMAT, HEADER_LEN, SegmentHeader, StoreId, seed};
use std::collections::{BTreeMap, BTreeSet};

/// Number of segment files.
pub(super) const SEGMENTS: u64 = 4;

/// Returns a segment file's name.
pub(super) fn file_name(segment: u64) -> String {
    format!("journal.{segment}")
}

/// What the files hold.
#[derive(Debug, Default)]
pub struct Scan {
    /// Entries after the last applied one, without gaps.
    pub entries: Vec<Entry>,
    /// The highest generation seen, 0 if none.
    pub generation: u64,
    /// Number of the first entry that is missing although later ones are whole.
    pub missing: Option<u64>,
    /// The next entry was begun and is not whole: a crash cut it off before anybody was answered.
    pub torn: bool,
    /// Number of the first whole entry that this program cannot read.
    pub unknown: Option<u64>,
}

/// Entries by number, and the numbers of those that are not whole.
#[derive(Default)]
struct Found {
    whole: BTreeMap<u64, Entry>,
    torn: Vec<u64>,
    unknown: BTreeSet<u64>,
}

/// Tells whether any of the files exists.
pub fn exists(disk: &dyn Disk) -> Result<bool, StoreError> {
    for segment in 0..SEGMENTS {
        if disk.exists(&file_name(segment))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads the files as the database left open by `opened` (its generation, none after a clean stop) needs them.
pub fn scan(
    disk: &dyn Disk,
    store: &StoreId,
    last_applied: u64,
    opened: Option<u64>,
) -> Result<Scan, OpenError> {
    let mut found = Found::default();
    let mut generation = 0;
    // The newest generation that must be there: that of the last start, or one that a segment's end tells of.
    let mut begun = opened.unwrap_or(0);
    let (mut longest, mut shortest) = (0, None);
    for segment in 0..SEGMENTS {
        let name = file_name(segment);
        if !disk.exists(&name)? {
            if opened.is_some() {
                return Err(OpenError::JournalMissing(name));
            }
            continue;
        }
        let bytes = read_file(disk, &name)?;
        longest = longest.max(bytes.len());
        if shortest.as_ref().is_none_or(|(len, _)| bytes.len() < *len) {
            shortest = Some((bytes.len(), format!("the end of {name}")));
        }
        match SegmentHeader::parse(&bytes) {
            SegmentHeader::Blank => {}
            SegmentHeader::OtherFormat(format) => {
                return Err(OpenError::JournalFormat { file: name, found: format, expected: FORMAT });
            }
            SegmentHeader::Used { store: found, .. } if found != *store => {
                return Err(OpenError::JournalForeign(name));
            }
            SegmentHeader::Used { generation, .. } if generation % SEGMENTS != segment => {
                return Err(OpenError::JournalMisplaced(name));
            }
            SegmentHeader::Used { generation: found, .. } => {
                generation = generation.max(found);
                if segment::has_end(&bytes, store, found) {
                    begun = begun.max(found + 1);
                }
            }
        }
        generation = generation.max(collect(&bytes, segment, store, last_applied, &mut found));
    }
    // All four have one length while a server runs: changing it begins with a database that is closed.
    if let Some((_, missing)) = shortest.filter(|(len, _)| opened.is_some() && *len < longest) {
        return Err(OpenError::JournalMissing(missing));
    }
    if opened.is_some() && generation < begun {
        return Err(OpenError::JournalMissing("the journal's last generation".into()));
    }
    Ok(without_gaps(found, last_applied, generation))
}

/// Reads what can be read after a loss was accepted.
pub fn salvage(disk: &dyn Disk, store: &StoreId, last_applied: u64) -> Result<Scan, StoreError> {
    let mut found = Found::default();
    let mut generation = 0;
    for segment in 0..SEGMENTS {
        let name = file_name(segment);
        if disk.exists(&name)? {
            let bytes = read_file(disk, &name)?;
            generation = generation.max(collect(&bytes, segment, store, last_applied, &mut found));
        }
    }
    Ok(without_gaps(found, last_applied, generation))
}

fn read_file(disk: &dyn Disk, name: &str) -> Result<Vec<u8>, StoreError> {
    let file = disk.open(name)?;
    let mut bytes = vec![0; usize::try_from(file.len()?).unwrap_or(usize::MAX)];
    file.read_at(0, &mut bytes)?;
    Ok(bytes)
}

/// Collects every whole entry after the last applied one, wherever it stands; returns the highest generation.
fn collect(bytes: &[u8], segment: u64, store: &StoreId, last_applied: u64, found: &mut Found) -> u64 {
    let seed = seed(store);
    let mut generation = 0;
    let mut offset = HEADER_LEN;
    while let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
        let header = EntryHeader::parse(rest).filter(|header| header.generation % SEGMENTS == segment);
        let Some(header) = header else {
            offset += SECTOR;
            continue;
        };
        let decoded = header.decode(seed, rest);
        if decoded == Err(Unread::Torn) {
            found.torn.push(header.number);
            offset += SECTOR;
            continue;
        }
        generation = generation.max(header.generation);
        offset += header.padded_len();
        if header.number <= last_applied {
            continue;
        }
        match decoded {
            Ok(entry) => drop(found.whole.insert(entry.number, entry)),
            Err(_unknown) => drop(found.unknown.insert(header.number)),
        }
    }
    generation
}

fn without_gaps(found: Found, last_applied: u64, generation: u64) -> Scan {
    let mut scan = Scan { generation, unknown: found.unknown.first().copied(), ..Scan::default() };
    let mut expected = last_applied + 1;
    for (number, entry) in found.whole {
        if number != expected {
            scan.missing = Some(expected);
            break;
        }
        scan.entries.push(entry);
        expected += 1;
    }
    scan.torn = found.torn.contains(&expected);
    scan
}
