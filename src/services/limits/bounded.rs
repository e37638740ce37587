//! A map by client that holds a bounded number of them, in parts with a lock each, so that requests of different
//! clients hardly ever wait for each other.

use crate::platform::locks::lock;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

/// Most clients a map holds, some megabytes: more than ever mean well at once.
pub(super) const CLIENTS_MAX: usize = 65_536;

/// Parts of a map: many and small, because a full one is looked through for every new client.
const PARTS: usize = 1_024;

/// Most clients of a part.
const PART_LEN_MAX: usize = CLIENTS_MAX / PARTS;

/// A map of at most [`CLIENTS_MAX`] entries. A new one takes the place of the one that is worth least.
pub(super) struct Bounded<K, V> {
    parts: Vec<Mutex<HashMap<K, V>>>,
    /// Which part a key belongs to; random, so that nobody can aim at one.
    hasher: RandomState,
    /// How many entries there are: whoever finds 0 needs no lock.
    len: AtomicUsize,
}

impl<K, V> Default for Bounded<K, V> {
    fn default() -> Self {
        let parts = (0..PARTS).map(|_| Mutex::default()).collect();
        Self { parts, hasher: RandomState::new(), len: AtomicUsize::new(0) }
    }
}

impl<K: Hash + Eq + Clone, V> Bounded<K, V> {
    pub(super) fn is_empty(&self) -> bool {
        self.len.load(Ordering::Relaxed) == 0
    }

    pub(super) fn read<R>(&self, key: &K, read: impl FnOnce(&V) -> R) -> Option<R> {
        if self.is_empty() {
            return None;
        }
        self.part(key).get(key).map(read)
    }

    /// Changes a key's value, if there is one.
    pub(super) fn read_mut(&self, key: &K, change: impl FnOnce(&mut V)) {
        if let Some(value) = self.part(key).get_mut(key) {
            change(value);
        }
    }

    /// Changes a key's value, made now if the key is new. If there is no room, the entry of which `worth` is least goes.
    pub(super) fn change<R>(
        &self,
        key: K,
        make: impl FnOnce() -> V,
        worth: impl Fn(&V) -> u64,
        change: impl FnOnce(&mut V) -> R,
    ) -> R {
        let mut part = self.part(&key);
        if let Some(value) = part.get_mut(&key) {
            return change(value);
        }
        if part.len() >= PART_LEN_MAX
            && let Some(least) = part.iter().min_by_key(|(_, value)| worth(value)).map(|(key, _)| key.clone())
        {
            part.remove(&least);
            self.len.fetch_sub(1, Ordering::Relaxed);
        }
        self.len.fetch_add(1, Ordering::Relaxed);
        change(part.entry(key).or_insert_with(make))
    }

    /// Keeps the entries that `keep` says; returns how many went.
    pub(super) fn retain(&self, mut keep: impl FnMut(&K, &V) -> bool) -> usize {
        let mut gone = 0;
        for part in &self.parts {
            let mut part = lock(part);
            let before = part.len();
            part.retain(|key, value| keep(key, value));
            gone += before - part.len();
        }
        self.len.fetch_sub(gone, Ordering::Relaxed);
        gone
    }

    /// Returns what `map` makes of the entries, in no order.
    pub(super) fn collect<R>(&self, mut map: impl FnMut(&K, &V) -> Option<R>) -> Vec<R> {
        let mut all = Vec::new();
        for part in &self.parts {
            all.extend(lock(part).iter().filter_map(|(key, value)| map(key, value)));
        }
        all
    }

    /// Returns how many entries there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    fn part(&self, key: &K) -> MutexGuard<'_, HashMap<K, V>> {
        let at = usize::try_from(self.hasher.hash_one(key) % PARTS as u64).unwrap_or_default();
        lock(self.parts.get(at).expect("a remainder of the number of parts is one of them"))
    }
}

impl<K, V> fmt::Debug for Bounded<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bounded").field("len", &self.len).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_map_gives_up_what_is_worth_least() {
        let map = Bounded::default();
        for key in 0..1_000_u64 {
            map.change(key, || 9_u64, |worth| *worth, |_| ());
        }
        for key in 1_000..200_000_u64 {
            map.change(key, || 1, |worth| *worth, |_| ());
        }
        assert_eq!(map.len(), CLIENTS_MAX);
        assert!((0..1_000).all(|key| map.read(&key, |worth| *worth) == Some(9)));
        assert_eq!(map.retain(|_, worth| *worth != 9), 1_000);
        assert_eq!(map.collect(|key, _| Some(*key)).len(), CLIENTS_MAX - 1_000);
    }

    #[test]
    fn a_value_is_made_once_and_then_changed() {
        let map = Bounded::default();
        assert!(map.is_empty() && map.read(&"a", |count: &u32| *count).is_none());
        for expected in 1..=3 {
            let count = map.change(
                "a",
                || 0,
                |_| 0,
                |count| {
                    *count += 1;
                    *count
                },
            );
            assert_eq!(count, expected);
        }
        assert_eq!(map.len(), 1);
    }
}
