//! One simulated file: what is written, what is synced, and what a power cut leaves of the difference.

use crate::dice::Dice;

/// The unit a disk writes whole.
const SECTOR: usize = 512;

/// A change that is not synced.
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    SetLen(usize),
}

/// A file's contents.
#[derive(Default)]
pub struct Node {
    written: Vec<u8>,
    synced: Vec<u8>,
    changes: Vec<Change>,
}

impl Node {
    /// Makes a file whose contents are durable.
    pub fn durable(bytes: Vec<u8>) -> Self {
        Self { synced: bytes.clone(), written: bytes, changes: Vec::new() }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.written
    }

    pub fn write(&mut self, offset: usize, bytes: &[u8]) {
        place(&mut self.written, offset, bytes);
        self.changes.push(Change::Write { offset, bytes: bytes.to_vec() });
    }

    pub fn set_len(&mut self, len: usize) {
        self.written.resize(len, 0);
        self.changes.push(Change::SetLen(len));
    }

    pub fn sync(&mut self) {
        for change in self.changes.drain(..) {
            match change {
                Change::Write { offset, bytes } => place(&mut self.synced, offset, &bytes),
                Change::SetLen(len) => self.synced.resize(len, 0),
            }
        }
    }

    /// Returns what a power cut leaves: what was synced, and of the rest any sectors in any order; the length is any
    /// of those the file has had since.
    pub fn after_power_cut(&self, dice: &mut Dice) -> Vec<u8> {
        let keep = [0, 20, 50, 80, 100][dice.below(5)];
        let mut lengths = vec![self.synced.len()];
        let mut length = self.synced.len();
        let mut sectors = Vec::new();
        for change in &self.changes {
            match change {
                Change::SetLen(len) => length = *len,
                Change::Write { offset, bytes } => {
                    length = length.max(offset + bytes.len());
                    sectors.extend(split(*offset, bytes));
                }
            }
            lengths.push(length);
        }
        if dice.below(2) == 0 {
            dice.shuffle(&mut sectors);
        }
        let mut left = self.synced.clone();
        for (offset, bytes) in sectors {
            if dice.below(100) < keep {
                place(&mut left, offset, bytes);
            }
        }
        let len = match keep {
            0 => self.synced.len(),
            100 => length,
            _ => lengths[dice.below(lengths.len())],
        };
        left.resize(len, 0);
        left
    }
}

fn place(contents: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if contents.len() < end {
        contents.resize(end, 0);
    }
    contents[offset..end].copy_from_slice(bytes);
}

/// Splits a write at the borders of sectors.
fn split(offset: usize, bytes: &[u8]) -> Vec<(usize, &[u8])> {
    let mut pieces = Vec::new();
    let (mut at, mut rest) = (offset, bytes);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at((SECTOR - at % SECTOR).min(rest.len()));
        pieces.push((at, piece));
        at += piece.len();
        rest = after;
    }
    pieces
}
