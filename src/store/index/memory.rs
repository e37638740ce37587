//! Entries not yet in a run.

use crate::domain::idempotency::KeyHash;
use crate::domain::time::Timestamp;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// Entries of a map when it is frozen: seven eighths of 65,536, which is what a hash table of 65,536 places holds. With
/// more the table would double.
pub const FREEZE_LEN: usize = 57_344;

/// Events after which a map is frozen although few keys are in it: every start reads the events behind the newest
/// run, and keys that come again and again must not make them ever more.
pub const FREEZE_SPAN: u64 = 4 * FREEZE_LEN as u64;

/// The last use of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The event that used it.
    pub seq: u64,
    /// When that event was taken in.
    pub at: Timestamp,
    /// Hash of that event's payload; none for events from before this start.
    pub fingerprint: Option<u64>,
}

/// A map that does not hash its keys again: they are uniform already, and keyed, so nobody can choose them.
pub type KeyMap = HashMap<KeyHash, Use, BuildHasherDefault<FirstWord>>;

/// Takes the first 64 bits of a key hash as they are.
#[derive(Debug, Default)]
pub struct FirstWord(u64);

impl Hasher for FirstWord {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word.iter_mut().zip(chunk).for_each(|(slot, byte)| *slot = *byte);
            self.0 ^= u64::from_le_bytes(word);
        }
    }

    fn write_u128(&mut self, number: u128) {
        self.0 = (number >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A map that takes no more entries and waits to become a run.
#[derive(Debug)]
pub struct Frozen {
    /// The entries.
    pub map: KeyMap,
    /// The last event whose key is in it.
    pub to_seq: u64,
    /// When that event was taken in.
    pub to_time: Timestamp,
}

/// Entries not yet in a run. Owned by the sequencer.
#[derive(Debug, Default)]
pub struct Memory {
    growing: KeyMap,
    /// The first event whose key went into the growing map.
    growing_from: Option<u64>,
    frozen: Vec<Arc<Frozen>>,
}

impl Memory {
    /// Returns the last use of a key.
    pub fn find(&self, key: KeyHash) -> Option<Use> {
        let maps = std::iter::once(&self.growing).chain(self.frozen.iter().rev().map(|frozen| &frozen.map));
        maps.into_iter().find_map(|map| map.get(&key)).copied()
    }

    /// Remembers a use; returns the map that thereby is to become a run.
    pub fn insert(&mut self, key: KeyHash, last: Use) -> Option<Arc<Frozen>> {
        let from = *self.growing_from.get_or_insert(last.seq);
        self.growing.insert(key, last);
        if self.growing.len() < FREEZE_LEN && last.seq - from < FREEZE_SPAN {
            return None;
        }
        self.growing_from = None;
        let next = KeyMap::with_capacity_and_hasher(FREEZE_LEN, BuildHasherDefault::default());
        let map = std::mem::replace(&mut self.growing, next);
        let frozen = Arc::new(Frozen { map, to_seq: last.seq, to_time: last.at });
        self.frozen.push(Arc::clone(&frozen));
        Some(frozen)
    }

    /// Drops the frozen maps that are runs by now.
    pub fn forget_through(&mut self, seq: u64) {
        self.frozen.retain(|frozen| frozen.to_seq > seq);
    }

    /// Returns how many entries there are.
    pub fn len(&self) -> usize {
        self.growing.len() + self.frozen.iter().map(|frozen| frozen.map.len()).sum::<usize>()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_use_is_found_before_and_after_freezing() {
        let mut memory = Memory::default();
        let at = |seq| Use { seq, at: Timestamp::from_micros(seq), fingerprint: None };
        let key =
            |number: u64| KeyHash(u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        let mut frozen = None;
        for seq in 1..=FREEZE_LEN as u64 {
            frozen = memory.insert(key(seq), at(seq)).or(frozen);
        }
        let frozen = frozen.expect("the map is full");
        assert_eq!((frozen.map.len(), frozen.to_seq), (FREEZE_LEN, FREEZE_LEN as u64));
        memory.insert(key(1), at(90_000));
        assert_eq!(memory.find(key(1)), Some(at(90_000)));
        assert_eq!(memory.find(key(2)), Some(at(2)));
        memory.forget_through(frozen.to_seq);
        assert_eq!((memory.find(key(2)), memory.len()), (None, 1));
    }

    #[test]
    fn few_keys_that_come_again_do_not_keep_a_map_growing_for_ever() {
        let mut memory = Memory::default();
        let mut frozen = Vec::new();
        for seq in 1..=2 * FREEZE_SPAN + 2 {
            let last = Use { seq, at: Timestamp::from_micros(seq), fingerprint: None };
            frozen.extend(memory.insert(KeyHash(u128::from(seq % 10)), last));
        }
        let reach: Vec<_> = frozen.iter().map(|frozen| (frozen.map.len(), frozen.to_seq)).collect();
        assert_eq!(reach, [(10, FREEZE_SPAN + 1), (10, 2 * FREEZE_SPAN + 2)]);
    }
}
