//! One bound for what many requests hold together. For bodies that are being collected: a body may be as large as its
//! limit, and many clients may send one at once, but together they never take more memory than this.

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that may still be taken. A body that came in one piece takes none: it lies in a connection's buffer, whose
/// size is bounded.
#[derive(Debug)]
pub struct Budget(AtomicUsize);

impl Budget {
    /// Makes a budget of so many bytes.
    pub const fn new(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes))
    }

    /// Takes exactly so many bytes until the holding is dropped; none if there are not as many.
    pub fn take<B: Deref<Target = Self>>(budget: B, bytes: usize) -> Option<Holding<B>> {
        budget.subtract(bytes).then(|| Holding { budget, bytes })
    }

    /// Adds so many bytes for good.
    pub fn grow(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    fn subtract(&self, bytes: usize) -> bool {
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        taken.is_ok()
    }
}

/// Bytes taken from a budget: as many as are needed at the moment.
#[derive(Debug)]
#[must_use = "the bytes are taken only while this is held"]
pub struct Holding<B: Deref<Target = Budget>> {
    budget: B,
    bytes: usize,
}

/// Bytes taken or given back at once.
const STEP: usize = 64 * 1024;

impl<B: Deref<Target = Budget>> Holding<B> {
    /// Begins with nothing.
    pub fn new(budget: B) -> Self {
        Self { budget, bytes: 0 }
    }

    /// Takes or gives back, so that so many bytes are covered; tells whether there was room.
    pub fn cover(&mut self, bytes: usize) -> bool {
        let wanted = bytes.next_multiple_of(STEP);
        if let Some(more) = wanted.checked_sub(self.bytes) {
            if more > 0 && !self.budget.subtract(more) {
                return false;
            }
        } else {
            self.budget.0.fetch_add(self.bytes - wanted, Ordering::Relaxed);
        }
        self.bytes = wanted;
        true
    }
}

impl<B: Deref<Target = Budget>> Drop for Holding<B> {
    fn drop(&mut self) {
        self.budget.0.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_grows_and_shrinks_in_steps() {
        let budget = Budget::new(3 * STEP);
        let mut held = Holding::new(&budget);
        assert!(held.cover(1) && held.cover(STEP) && held.cover(STEP + 1));
        assert!(Budget::take(&budget, STEP + 1).is_none());
        assert!(!held.cover(3 * STEP + 1));
        assert!(held.cover(0));
        assert!(Budget::take(&budget, 3 * STEP).is_some());
        assert!(held.cover(3 * STEP));
        drop(held);
        assert!(Budget::take(&budget, 3 * STEP).is_some());
    }

    #[test]
    fn shares_come_back_when_dropped() {
        let budget = Budget::new(10);
        let most = Budget::take(&budget, 8).unwrap();
        assert!(Budget::take(&budget, 3).is_none());
        let rest = Budget::take(&budget, 2).unwrap();
        drop(most);
        assert!(Budget::take(&budget, 9).is_none());
        drop(rest);
        assert!(Budget::take(&budget, 10).is_some());
    }
}
