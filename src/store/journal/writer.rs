//! Making the files, and appending to them.

use crate::platform::disk::{Disk, DiskFile};
use crate::store::error::StoreError;
use crate::store::journal::entry::{Entry, SECTOR, entry_len_max};
use crate::store::journal::scan::{SEGMENTS, file_name};
use crate::store::journal::segment::{self, HEADER_LEN, StoreId};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

/// Bytes written at once while a file is filled.
pub(in crate::store) const FILL_CHUNK: usize = 1 << 20;

/// Makes every segment file that is missing or of another length. A new file is filled under a temporary name, so
/// that a crash leaves either the old file or the whole new one. Contents must be durable in the database before.
pub fn prepare(disk: &dyn Disk, segment_bytes: u64) -> Result<(), StoreError> {
    for segment in 0..SEGMENTS {
        let name = file_name(segment);
        if fits(disk, &name, segment_bytes)? {
            continue;
        }
        let temporary = format!("{name}.new");
        fill(disk.create(&temporary)?.as_ref(), segment_bytes, &vec![0; FILL_CHUNK])?;
        disk.rename(&temporary, &name)?;
    }
    Ok(disk.sync_directory()?)
}

/// Tells whether every segment file is there with the given length.
pub fn is_prepared(disk: &dyn Disk, segment_bytes: u64) -> Result<bool, StoreError> {
    for segment in 0..SEGMENTS {
        if !fits(disk, &file_name(segment), segment_bytes)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn fits(disk: &dyn Disk, name: &str, segment_bytes: u64) -> io::Result<bool> {
    Ok(disk.exists(name)? && disk.open(name)?.len()? == segment_bytes)
}

/// Fills a file by writing the chunk again and again, and syncs it. A segment is filled with real zeros: a sparse file
/// would make every later sync write block maps too.
pub(in crate::store) fn fill(file: &dyn DiskFile, len: u64, chunk: &[u8]) -> io::Result<()> {
    let mut offset = 0;
    while offset < len {
        let rest = usize::try_from(len - offset).unwrap_or(usize::MAX);
        let piece = chunk.get(..rest).unwrap_or(chunk);
        file.write_at(offset, piece)?;
        offset += piece.len() as u64;
    }
    file.sync()
}

/// Appends entries. Owned by the sequencer.
#[derive(Debug)]
pub struct Journal {
    files: Vec<Arc<dyn DiskFile>>,
    segment_bytes: u64,
    store: StoreId,
    seed: u32,
    generation: u64,
    offset: u64,
    /// The generations whose files are not yet free, oldest first, each with its last entry.
    used: VecDeque<(u64, u64)>,
    buffer: Vec<u8>,
}

impl Journal {
    /// Opens prepared files and begins a generation: its header is durable when this returns.
    pub fn begin(
        disk: &dyn Disk,
        segment_bytes: u64,
        store: StoreId,
        generation: u64,
    ) -> Result<Self, StoreError> {
        let files = (0..SEGMENTS)
            .map(|segment| disk.open_direct(&file_name(segment)))
            .collect::<io::Result<Vec<_>>>()?;
        let journal = Self {
            files,
            segment_bytes,
            seed: segment::seed(&store),
            store,
            generation,
            offset: HEADER_LEN as u64,
            used: VecDeque::new(),
            buffer: Vec::new(),
        };
        journal.write_header()?;
        journal.sync()?;
        Ok(journal)
    }

    /// Returns the largest length an entry may have: a quarter of a segment.
    pub fn entry_len_max(&self) -> usize {
        entry_len_max(self.segment_bytes)
    }

    /// Returns the entry that must be durable in the database before the given one can be written; none if there is
    /// room already.
    pub fn blocked_by(&self, entry: &Entry) -> Option<u64> {
        if self.offset + entry.encoded_len() as u64 <= self.capacity() {
            return None;
        }
        let reused = (self.generation + 1).checked_sub(SEGMENTS)?;
        self.used.iter().rfind(|(generation, _)| *generation <= reused).map(|(_, last)| *last)
    }

    /// Forgets generations that are durable in the database up to the given entry.
    pub fn release(&mut self, durable: u64) {
        while self.used.front().is_some_and(|(_, last)| *last <= durable) {
            self.used.pop_front();
        }
    }

    /// Writes an entry and syncs it: when this returns, the entry survives a power cut.
    pub fn append(&mut self, entry: &Entry) -> Result<(), StoreError> {
        if self.offset + entry.encoded_len() as u64 > self.capacity() {
            self.begin_next()?;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        entry.encode(self.generation, self.seed, &mut buffer);
        let written = self.file().write_at(self.offset, &buffer);
        self.offset += buffer.len() as u64;
        self.buffer = buffer;
        written?;
        match self.used.back_mut() {
            Some((generation, last)) if *generation == self.generation => *last = entry.number,
            _ => self.used.push_back((self.generation, entry.number)),
        }
        self.sync()
    }

    /// Begins the next generation. Its header is durable before the mark in the present segment that it has begun, and
    /// the mark before any entry in it: so a next segment that is gone is told from one that was never begun.
    fn begin_next(&mut self) -> Result<(), StoreError> {
        let present = self.generation;
        self.generation += 1;
        self.offset = HEADER_LEN as u64;
        self.write_header()?;
        self.sync()?;
        let file = self.file_of(present);
        let mark = segment::encode_end(&self.store, present);
        file.write_at(self.capacity(), &mark)?;
        Ok(file.sync()?)
    }

    /// Returns where entries must end: the last sector of a segment is for the mark.
    fn capacity(&self) -> u64 {
        self.segment_bytes - SECTOR as u64
    }

    fn write_header(&self) -> Result<(), StoreError> {
        let header = segment::encode(&self.store, self.generation);
        Ok(self.file().write_at(0, &header)?)
    }

    fn sync(&self) -> Result<(), StoreError> {
        Ok(self.file().sync()?)
    }

    fn file(&self) -> &dyn DiskFile {
        self.file_of(self.generation)
    }

    fn file_of(&self, generation: u64) -> &dyn DiskFile {
        let segment = usize::try_from(generation % SEGMENTS).unwrap_or_default();
        self.files.get(segment).expect("there are four segment files").as_ref()
    }
}

/// Removes the files, after a loss was accepted.
pub fn remove(disk: &dyn Disk) -> Result<(), StoreError> {
    for segment in 0..SEGMENTS {
        let name = file_name(segment);
        if disk.exists(&name)? {
            disk.remove(&name)?;
        }
    }
    Ok(disk.sync_directory()?)
}
