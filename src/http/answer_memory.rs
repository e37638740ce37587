//! Memory of answers to reads: a client may be slow to take its answer or never take it, and one client may ask for
//! many, but together the answers that wait to be taken never hold more than this.

use crate::http::request::budget::{Budget, Holding};
use crate::services::reading::ReadError;
use bytes::Bytes;
use std::sync::Arc;

/// Most bytes that answers to reads hold together: a quarter of what the whole appliance may.
pub(crate) const ANSWERS_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The same for pages that live streams read out of the ledger: apart, so that slow readers of streams are not in the
/// way of answers.
pub(crate) const STREAM_PAGES_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What answers to reads may hold together. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct AnswerMemory {
    budget: Arc<Budget>,
    bytes_max: usize,
}

/// Memory of what is not written yet, as much as is needed at the moment.
pub(crate) type MemoryHolding = Holding<Arc<Budget>>;

/// Bytes of an answer with their share of the memory.
struct CountedBytes {
    bytes: Bytes,
    _share: MemoryHolding,
}

impl AsRef<[u8]> for CountedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AnswerMemory {
    pub(crate) fn of(bytes_max: usize) -> Self {
        Self { budget: Arc::new(Budget::new(bytes_max)), bytes_max }
    }

    /// Counts bytes until their last copy is dropped, wherever they wait: refused while there is no room. An answer
    /// larger than the whole memory takes all of it.
    pub(crate) fn hold(&self, bytes: impl Into<Bytes>) -> Result<Bytes, ReadError> {
        let bytes = bytes.into();
        let len = bytes.len().min(self.bytes_max);
        let share = Budget::take(Arc::clone(&self.budget), len).ok_or(ReadError::Busy)?;
        Ok(Bytes::from_owner(CountedBytes { bytes, _share: share }))
    }

    /// Begins to hold what is not written yet.
    pub(crate) fn holding(&self) -> MemoryHolding {
        Holding::new(Arc::clone(&self.budget))
    }

    /// The same for bytes that were written into a growing vector, which has room to spare.
    pub(crate) fn hold_written(&self, bytes: Vec<u8>) -> Result<Bytes, ReadError> {
        self.hold(bytes.into_boxed_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_count_until_their_last_copy_is_dropped() {
        let memory = AnswerMemory::of(10);
        let first = memory.hold_written(vec![1; 8]).unwrap();
        assert_eq!(memory.hold_written(vec![2; 3]), Err(ReadError::Busy));
        let copy = first.slice(2..);
        drop(first);
        assert_eq!(memory.hold_written(vec![2; 3]), Err(ReadError::Busy));
        assert_eq!(memory.hold_written(vec![3; 2]).unwrap(), [3; 2].as_slice());
        drop(copy);
        assert!(memory.hold_written(vec![4; 10]).is_ok());
    }

    #[test]
    fn an_answer_larger_than_the_memory_is_given_alone() {
        let memory = AnswerMemory::of(10);
        let large = memory.hold(vec![1; 20]).unwrap();
        assert_eq!(memory.hold(vec![2]), Err(ReadError::Busy));
        drop(large);
        assert!(memory.hold(vec![2]).is_ok());
    }
}
