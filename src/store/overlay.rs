//! A disk in memory over a disk that has no space left: what is written stays here, the real files stay as they are.
//!
//! The store opens on it when even recovery lacks space, so that everything can still be read, exported and verified.
//! Files are copied page by page when they are first written to. Memory is bounded; beyond the bound the overlay is
//! full too.

use crate::platform::disk::{Disk, DiskFile};
use crate::platform::locks::lock;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Bytes copied at once.
const PAGE_LEN: usize = 4_096;

/// Most bytes kept in memory: replaying a whole journal into the database takes a few times its length.
const BYTES_MAX: usize = 256 << 20;

/// The overlay.
#[derive(Debug)]
pub struct Overlay {
    below: Arc<dyn Disk>,
    /// Files made, opened (some) or taken away (none) here; every other name is looked up below.
    names: Mutex<BTreeMap<String, Option<Arc<OverlayFile>>>>,
    space: Arc<Space>,
}

/// What is left of the memory all files share.
#[derive(Debug)]
struct Space(AtomicUsize);

impl Space {
    fn take(&self, bytes: usize) -> io::Result<()> {
        let left = |left: usize| left.checked_sub(bytes);
        match self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left) {
            Ok(_) => Ok(()),
            Err(_) => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn give_back(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Overlay {
    /// Lays an empty overlay over a disk.
    pub fn new(below: Arc<dyn Disk>) -> Self {
        Self::with_space(below, BYTES_MAX)
    }

    /// Lays an empty overlay that keeps at most so many bytes.
    pub fn with_space(below: Arc<dyn Disk>, bytes: usize) -> Self {
        Self { below, names: Mutex::default(), space: Arc::new(Space(AtomicUsize::new(bytes))) }
    }

    fn file(&self, below: Option<Arc<dyn DiskFile>>) -> io::Result<Arc<OverlayFile>> {
        let len = below.as_ref().map_or(Ok(0), |file| file.len())?;
        let contents = Contents { len, below_len: len, pages: HashMap::new() };
        Ok(Arc::new(OverlayFile { below, contents: Mutex::new(contents), space: Arc::clone(&self.space) }))
    }
}

impl Disk for Overlay {
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut names = lock(&self.names);
        let file = match names.get(name) {
            Some(Some(file)) => Arc::clone(file),
            Some(None) => return Err(io::ErrorKind::NotFound.into()),
            None => {
                let file = self.file(Some(self.below.open(name)?))?;
                names.insert(name.to_owned(), Some(Arc::clone(&file)));
                file
            }
        };
        Ok(file)
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.file(None)?;
        lock(&self.names).insert(name.to_owned(), Some(Arc::clone(&file)));
        Ok(file)
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        match lock(&self.names).get(name) {
            Some(known) => Ok(known.is_some()),
            None => self.below.exists(name),
        }
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.open(from)?;
        let mut names = lock(&self.names);
        let file = names.insert(from.to_owned(), None).flatten();
        names.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.open(name)?;
        lock(&self.names).insert(name.to_owned(), None);
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.below.free_bytes()
    }

    fn total_bytes(&self) -> io::Result<u64> {
        self.below.total_bytes()
    }
}

/// A file of the overlay.
#[derive(Debug)]
struct OverlayFile {
    below: Option<Arc<dyn DiskFile>>,
    contents: Mutex<Contents>,
    space: Arc<Space>,
}

#[derive(Debug)]
struct Contents {
    len: u64,
    /// Bytes of the file below that still count; what was cut off and grown again is zero.
    below_len: u64,
    pages: HashMap<u64, Vec<u8>>,
}

/// Splits a stretch of a file into (page, offset in the page, length).
fn pieces(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, usize)> {
    let end = offset + len as u64;
    let mut at = offset;
    std::iter::from_fn(move || {
        let within = usize::try_from(at % PAGE_LEN as u64).expect("an offset in a page is small");
        let piece = usize::try_from(end - at).unwrap_or(PAGE_LEN).min(PAGE_LEN - within);
        let found = (piece > 0).then_some((at / PAGE_LEN as u64, within, piece));
        at += piece as u64;
        found
    })
}

impl OverlayFile {
    /// Reads a stretch within one page as it is below.
    fn read_below(&self, contents: &Contents, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let there = contents.below_len.saturating_sub(offset).min(buffer.len() as u64);
        let (there, beyond) = buffer.split_at_mut(usize::try_from(there).unwrap_or(PAGE_LEN));
        beyond.fill(0);
        match &self.below {
            Some(file) if !there.is_empty() => file.read_at(offset, there),
            _ => Ok(()),
        }
    }
}

impl DiskFile for OverlayFile {
    fn len(&self) -> io::Result<u64> {
        Ok(lock(&self.contents).len)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let contents = lock(&self.contents);
        if offset + buffer.len() as u64 > contents.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut rest = buffer;
        for (page, within, len) in pieces(offset, rest.len()) {
            let (piece, after) = std::mem::take(&mut rest).split_at_mut(len);
            match contents.pages.get(&page).and_then(|bytes| bytes.get(within..within + len)) {
                Some(bytes) => piece.copy_from_slice(bytes),
                None => self.read_below(&contents, page * PAGE_LEN as u64 + within as u64, piece)?,
            }
            rest = after;
        }
        Ok(())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut contents = lock(&self.contents);
        let mut rest = bytes;
        for (page, within, len) in pieces(offset, bytes.len()) {
            let (piece, after) = rest.split_at(len);
            if !contents.pages.contains_key(&page) {
                let mut copied = vec![0; PAGE_LEN];
                self.read_below(&contents, page * PAGE_LEN as u64, &mut copied)?;
                self.space.take(PAGE_LEN)?;
                contents.pages.insert(page, copied);
            }
            let slot = contents.pages.get_mut(&page).and_then(|bytes| bytes.get_mut(within..within + len));
            slot.expect("the page was copied").copy_from_slice(piece);
            rest = after;
        }
        contents.len = contents.len.max(offset + bytes.len() as u64);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut contents = lock(&self.contents);
        contents.len = len;
        contents.below_len = contents.below_len.min(len);
        let pages_before = contents.pages.len();
        contents.pages.retain(|page, _| page * (PAGE_LEN as u64) < len);
        self.space.give_back((pages_before - contents.pages.len()) * PAGE_LEN);
        let within = usize::try_from(len % PAGE_LEN as u64).expect("an offset in a page is small");
        if let Some(last) = contents.pages.get_mut(&(len / PAGE_LEN as u64)) {
            last.iter_mut().skip(within).for_each(|byte| *byte = 0);
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for OverlayFile {
    fn drop(&mut self) {
        self.space.give_back(lock(&self.contents).pages.len() * PAGE_LEN);
    }
}
