//! A map from names to shared values, read on every request and written a bounded number of times.
//!
//! A reader takes no lock: it loads one pointer and hashes the name once. A writer copies the map, which is cheap
//! because the number of entries is bounded and every name is written only once.

use crate::platform::locks::lock;
use arc_swap::ArcSwap;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

/// Named values, at most `len_max` of them.
pub(crate) struct ReadMostly<V> {
    entries: ArcSwap<HashMap<Arc<str>, Arc<V>>>,
    /// Held by a writer from its copy to its publication, so that no two writers lose each other's entry.
    writer: Mutex<()>,
    len_max: usize,
}

impl<V> ReadMostly<V> {
    pub(crate) fn new(len_max: usize) -> Self {
        Self { entries: ArcSwap::default(), writer: Mutex::new(()), len_max }
    }

    /// Returns the value of that name, made now if it is new; nothing if the map is full or `make` declines.
    pub(crate) fn find_or_insert(&self, name: &str, make: impl FnOnce() -> Option<V>) -> Option<Arc<V>> {
        let entries = self.entries.load();
        if let Some(value) = entries.get(name) {
            return Some(Arc::clone(value));
        }
        if entries.len() >= self.len_max {
            return None;
        }
        drop(entries);
        self.insert(name, make)
    }

    /// Returns every value, in no order.
    pub(crate) fn values(&self) -> Vec<Arc<V>> {
        self.entries.load().values().map(Arc::clone).collect()
    }

    fn insert(&self, name: &str, make: impl FnOnce() -> Option<V>) -> Option<Arc<V>> {
        let _writing = lock(&self.writer);
        let present = self.entries.load();
        if let Some(value) = present.get(name) {
            return Some(Arc::clone(value));
        }
        if present.len() >= self.len_max {
            return None;
        }
        let value = Arc::new(make()?);
        let mut next = HashMap::clone(&present);
        next.insert(Arc::from(name), Arc::clone(&value));
        self.entries.store(Arc::new(next));
        Some(value)
    }
}

impl<V> fmt::Debug for ReadMostly<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.load().keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_first_value_and_a_full_map_takes_no_more() {
        let map = ReadMostly::new(2);
        assert_eq!(map.find_or_insert("a", || Some(1)).as_deref(), Some(&1));
        assert_eq!(map.find_or_insert("a", || Some(9)).as_deref(), Some(&1));
        assert_eq!(map.find_or_insert("b", || None), None);
        assert_eq!(map.find_or_insert("b", || Some(2)).as_deref(), Some(&2));
        assert_eq!(map.find_or_insert("c", || Some(3)), None);
        assert_eq!(map.find_or_insert("b", || Some(9)).as_deref(), Some(&2));
        assert_eq!(map.values().len(), 2);
    }

    #[test]
    fn parallel_writers_lose_no_entry() {
        let map = ReadMostly::new(1_000);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let map = &map;
                scope.spawn(move || {
                    for number in 0..100 {
                        map.find_or_insert(&format!("{thread}-{number}"), || Some(number)).unwrap();
                        map.find_or_insert(&format!("shared-{number}"), || Some(number)).unwrap();
                    }
                });
            }
        });
        assert_eq!(map.values().len(), 500);
    }
}
