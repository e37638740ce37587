//! Random choices that repeat themselves after the same seed.

use crate::platform::entropy::{Entropy, SeededEntropy};

/// Makes random choices.
#[derive(Debug)]
pub(super) struct Random(SeededEntropy);

impl Random {
    /// Makes a generator; the same seed gives the same choices.
    pub(super) fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// Returns a number from `least` to `most`, both included.
    pub(super) fn between(&mut self, least: u64, most: u64) -> u64 {
        // The bias of the remainder is far below what a feed of samples shows.
        least + u64::from_le_bytes(self.0.array()) % (most - least + 1)
    }

    /// Returns a place in a list of so many, which are not none.
    pub(super) fn place(&mut self, count: usize) -> usize {
        let place = self.between(1, count as u64) - 1;
        usize::try_from(place).expect("a place in memory is a usize")
    }

    /// Returns one of the items, which are not none.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        *items.get(self.place(items.len())).expect("a place in the list is in the list")
    }

    /// Returns so many different items in the list's order; all of them if there are fewer.
    pub(super) fn pick_several<T: Copy>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut picked = items.to_vec();
        while picked.len() > count {
            picked.remove(self.place(picked.len()));
        }
        picked
    }

    /// Tells whether something that happens so often in a hundred happens.
    pub(super) fn happens(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    /// Brings items into a random order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.place(place + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_stay_in_their_bounds() {
        let mut random = Random::new(7);
        let mut seen = [false; 3];
        for _ in 0..200 {
            seen[usize::try_from(random.between(4, 6)).unwrap() - 4] = true;
            assert!(random.place(2) < 2);
        }
        assert_eq!(seen, [true; 3]);
        assert_eq!(random.pick_several(&[1, 2, 3], 9), [1, 2, 3]);
        assert_eq!(random.pick_several(&[1, 2, 3], 2).len(), 2);
        assert!(random.happens(100) && !random.happens(0));
    }

    #[test]
    fn shuffling_keeps_every_item() {
        let mut items: Vec<u32> = (0..100).collect();
        Random::new(1).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
