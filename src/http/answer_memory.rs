//! Memory of answers to reads: a client may be slow to take its answer or never take it, and one client may ask for
//! many, but together the answers that wait to be taken never hold more than this.

use crate::http::shares::{Members, Share, Shares};
use crate::platform::locks::lock;
use crate::services::reading::ReadError;
use bytes::Bytes;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Most bytes that answers to reads hold together: a quarter of what the whole appliance may.
pub(crate) const ANSWERS_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The same for pages that live streams read out of the ledger: apart, so that slow readers of streams are not in the
/// way of answers.
pub(crate) const STREAM_PAGES_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What the answers of one request may hold of the memory that all share. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct AnswerMemory {
    shares: Arc<Shares>,
    members: Members,
}

/// Bytes of an answer with their share of the memory.
struct CountedBytes {
    bytes: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for CountedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AnswerMemory {
    pub(crate) fn new(shares: &Arc<Shares>, members: &Members) -> Self {
        Self { shares: Arc::clone(shares), members: members.clone() }
    }

    /// Counts bytes until their last copy is dropped, wherever they wait: refused while there is no room. An answer
    /// larger than the whole memory takes all of it.
    pub(crate) fn hold(&self, bytes: impl Into<Bytes>) -> Result<Bytes, ReadError> {
        let bytes = bytes.into();
        let share = self.shares.take(&self.members, bytes.len()).ok_or(ReadError::Busy)?;
        Ok(Bytes::from_owner(CountedBytes { bytes, _share: share }))
    }

    /// Refuses what would find no room, before anything is read for it.
    pub(crate) fn with_room(self) -> Result<Self, ReadError> {
        let room = self.shares.take(&self.members, 1);
        room.map(|_room| self).ok_or(ReadError::Busy)
    }

    /// Begins to hold what is not written yet, as much as is needed at the moment.
    pub(crate) fn holding(&self) -> Share {
        self.shares.begin(&self.members)
    }

    /// The same for bytes that were written into a growing vector, which has room to spare.
    pub(crate) fn hold_written(&self, bytes: Vec<u8>) -> Result<Bytes, ReadError> {
        self.hold(bytes.into_boxed_slice())
    }
}

/// How long answers that wait to be taken share one text.
const SHARED_FOR: Duration = Duration::from_secs(1);

/// A large text that anyone may ask for again and again: while an answer waits to be taken, others get the same bytes.
#[derive(Debug, Default)]
pub(crate) struct SharedText(Mutex<Option<(Instant, Bytes)>>);

impl SharedText {
    /// Returns the text that is under way, or writes a new one.
    pub(crate) fn get(&self, write: impl FnOnce() -> String) -> Bytes {
        let mut last = lock(&self.0);
        if let Some((at, text)) = &*last
            && at.elapsed() < SHARED_FOR
            && !text.is_unique()
        {
            return text.clone();
        }
        let text = Bytes::from(write());
        *last = Some((Instant::now(), text.clone()));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_count_until_their_last_copy_is_dropped() {
        let memory = AnswerMemory::new(&Shares::new(10), &Members::default());
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
    fn answers_that_wait_share_a_text_and_the_next_one_is_new() {
        let (shared, written) = (SharedText::default(), std::cell::Cell::new(0));
        let get = || {
            shared.get(|| {
                written.set(written.get() + 1);
                format!("text {}", written.get())
            })
        };
        let waiting = get();
        assert_eq!((get(), written.get()), (waiting.clone(), 1));
        drop(waiting);
        assert_eq!((get(), written.get()), (Bytes::from("text 2"), 2));
    }

    #[test]
    fn an_answer_larger_than_the_memory_is_given_alone() {
        let memory = AnswerMemory::new(&Shares::new(10), &Members::default());
        let large = memory.hold(vec![1; 20]).unwrap();
        assert_eq!(memory.hold(vec![2]), Err(ReadError::Busy));
        drop(large);
        assert!(memory.hold(vec![2]).is_ok());
    }
}
