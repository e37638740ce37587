//! Keeping book on one file of lines or elements: answers come in any order and count in the file's.

use crate::cli::send::answer::Verdict;
use crate::cli::send::counts::Counts;
use crate::cli::send::cut::Cut;
use crate::cli::send::parcel::{Answers, Settled, Slot};
use crate::cli::send::progress::Step;
use crate::cli::send::source::Source;
use crate::cli::send::state::{Kept, Latest, State};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Book on a file.
#[derive(Debug)]
pub(super) struct Book {
    /// The file's name for people.
    pub(super) shown: String,
    /// The file.
    pub(super) source: Arc<Source>,
    kept: Kept,
    /// Whether an earlier run sent a part: then a repeat may be of this very send.
    resumed: bool,
    /// Smallest place in the ledger that this send was given, of all answers that came.
    first_seq: Option<u64>,
    /// Answered requests that wait for earlier ones, by their number in this run.
    waiting: BTreeMap<u64, (Cut, Answers)>,
    /// Number of the request that counts next.
    next: u64,
    /// How many requests there are, once that is known.
    due: Option<u64>,
}

impl Book {
    /// Opens the book where its state says.
    pub(super) fn open(shown: String, source: Arc<Source>, kept: Kept) -> Self {
        let first_seq = kept.state().first_seq;
        let resumed = kept.state().done_to > 0;
        Self { shown, source, kept, resumed, first_seq, waiting: BTreeMap::new(), next: 0, due: None }
    }

    /// Says how many requests there are in this run.
    pub(super) fn set_due(&mut self, requests: u64) {
        self.due = Some(requests);
    }

    /// Tells whether every request is answered.
    pub(super) fn is_done(&self) -> bool {
        self.due == Some(self.next)
    }

    /// Tells whether the first request is to be answered before another is sent: its events then lie before all others of
    /// this send in the ledger.
    pub(super) fn awaits_first(&self) -> bool {
        self.next == 0 && self.first_seq.is_none()
    }

    /// Returns the offset before which everything is answered.
    pub(super) fn done_to(&self) -> u64 {
        self.kept.state().done_to
    }

    /// Returns what counts so far, earlier runs included.
    pub(super) fn counts(&self) -> &Counts {
        &self.kept.state().counts
    }

    /// Takes the answers to a request and counts what is next; returns what was newly counted.
    pub(super) fn take(&mut self, number: u64, cut: Cut, answers: Answers) -> io::Result<Step> {
        let seqs = answers.slots().iter().filter_map(stored_seq);
        self.first_seq = seqs.chain(self.first_seq).min();
        self.waiting.insert(number, (cut, answers));
        let mut step = Step::default();
        while let Some((cut, answers)) = self.waiting.remove(&self.next) {
            self.next += 1;
            let before = (self.counts().stored, self.counts().repeats, self.counts().refused());
            step.bytes += cut.end.saturating_sub(self.kept.state().done_to);
            self.count(&cut, &answers)?;
            step.stored += self.counts().stored - before.0;
            step.repeats += self.counts().repeats - before.1;
            step.refused += self.counts().refused() - before.2;
        }
        Ok(step)
    }

    fn count(&mut self, cut: &Cut, answers: &Answers) -> io::Result<()> {
        let records = || cut.records.iter().zip(answers.slots()).zip(cut.first..);
        let refused: Vec<_> = records()
            .filter(|((_, slot), _)| {
                matches!(slot, Slot::Settled(Settled { verdict: Verdict::Refused(_), .. }))
            })
            .map(|((record, _), _)| record.place.clone())
            .collect();
        let (first_seq, resumed, shown) = (self.first_seq, self.resumed, &self.shown);
        self.kept.advance(&refused, |state| {
            for ((_, slot), number) in records() {
                let Slot::Settled(Settled { verdict, again }) = slot else { continue };
                match verdict {
                    Verdict::Stored { .. } => state.counts.stored += 1,
                    // Sent before without an answer, and stored no earlier than the first that this send stored.
                    Verdict::Repeat { seq, mismatch: false }
                        if (*again || resumed) && first_seq.is_some_and(|first| *seq >= first) =>
                    {
                        state.counts.stored += 1;
                    }
                    Verdict::Repeat { mismatch, .. } => {
                        state.counts.repeats += 1;
                        state.counts.mismatches += u64::from(*mismatch);
                    }
                    Verdict::Refused(reason) => state.counts.refuse(shown, Some(number), reason),
                }
            }
            state.first_seq = first_seq;
            state.latest = latest(state, cut, answers);
            state.done_to = cut.end;
            state.next = cut.next();
        })
    }

    /// Copies every refused record, a line each.
    pub(super) fn copy_refused(
        &mut self,
        copy: &mut impl FnMut(&Source, u64, u64) -> io::Result<()>,
    ) -> io::Result<()> {
        let source = &self.source;
        self.kept.refused(|place| copy(source, place.start, place.end))
    }

    /// Closes the book; returns the counts and the files to remove once nothing is left to go on with.
    pub(super) fn close(self) -> (Counts, Vec<PathBuf>) {
        (self.kept.state().counts.clone(), self.kept.into_paths())
    }
}

fn stored_seq(slot: &Slot) -> Option<u64> {
    match slot {
        Slot::Settled(Settled { verdict: Verdict::Stored { seq }, .. }) => Some(*seq),
        _ => None,
    }
}

/// Returns the request whose event is the latest in the ledger.
fn latest(state: &State, cut: &Cut, answers: &Answers) -> Option<Latest> {
    let seq = |slot: &Slot| match slot {
        Slot::Settled(Settled { verdict: Verdict::Stored { seq } | Verdict::Repeat { seq, .. }, .. }) => {
            Some(*seq)
        }
        _ => None,
    };
    let here = answers.slots().iter().filter_map(seq).max();
    let here = here.map(|seq| Latest { seq, offset: cut.offset, first: cut.first });
    state.latest.into_iter().chain(here).max_by_key(|latest| latest.seq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::send::answer::Reason;
    use crate::cli::send::cut::cut_lines;
    use crate::cli::send::format::{Named, Shape};
    use crate::cli::send::input::Input;
    use crate::cli::send::parcel::Parcel;
    use crate::cli::send::source::nameless;
    use crate::cli::send::state::States;
    use crate::platform::entropy::SeededEntropy;
    use std::io::Cursor;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const LINES: &str = "a\nb\n\nc\n";

    /// Tests run side by side, each with a file of its own.
    static NUMBER: AtomicUsize = AtomicUsize::new(0);

    fn book(resumed: bool) -> Book {
        let folder = std::env::temp_dir();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("mainstay-book-{}-{number}.ndjson", std::process::id()));
        std::fs::write(&path, LINES).unwrap();
        let input = Input { path: Some(path.clone()), named: Named::Shape(Shape::Lines), len: 0 };
        let source = Source::open(&input, &SeededEntropy::new(1), &mut |_| {}).unwrap();
        std::fs::remove_file(path).unwrap();
        let kept = States::nowhere()
            .open(&source.digest, "lines", || nameless(&folder, &SeededEntropy::new(2)))
            .unwrap();
        let mut book = Book::open("f".into(), Arc::new(source), kept);
        book.resumed = resumed;
        book
    }

    fn answered(verdicts: [Verdict; 3], again: bool) -> (Cut, Answers) {
        let cut = cut_lines(&mut Cursor::new(LINES), 0, 1).unwrap().unwrap();
        let mut answers = Answers::begin(&Parcel::Lines(cut.clone()));
        for (number, verdict) in [1, 2, 4].into_iter().zip(verdicts) {
            answers.settle(number, Settled { verdict, again }).unwrap();
        }
        (cut, answers)
    }

    fn refused() -> Verdict {
        Verdict::Refused(Reason::new("bad", "d"))
    }

    #[test]
    fn answers_count_in_the_files_order() {
        let mut book = book(false);
        let (cut, answers) =
            answered([Verdict::Stored { seq: 7 }, refused(), Verdict::Stored { seq: 8 }], false);
        let later = Cut { offset: 8, end: 16, first: 5, ..cut.clone() };
        assert_eq!(book.take(1, later, answers.clone()).unwrap(), Step::default());
        let step = book.take(0, cut, answers).unwrap();
        assert_eq!(step, Step { bytes: 16, stored: 4, repeats: 0, refused: 2 });
        assert_eq!(book.counts().first.iter().map(|one| one.line).collect::<Vec<_>>(), [Some(2), Some(6)]);
        assert!(!book.is_done());
        book.set_due(2);
        assert!(book.is_done());
        let mut places = Vec::new();
        book.copy_refused(&mut |_, start, end| {
            places.push(start..end);
            Ok(())
        })
        .unwrap();
        assert_eq!(places, [2..3, 2..3]);
    }

    #[test]
    fn a_repeat_of_what_this_send_stored_counts_as_stored() {
        let repeat = |seq| Verdict::Repeat { seq, mismatch: false };
        for (resumed, again, stored) in [(false, false, 1), (false, true, 2), (true, false, 2)] {
            let mut book = book(resumed);
            let (cut, answers) = answered([Verdict::Stored { seq: 100 }, repeat(99), repeat(101)], again);
            book.take(0, cut, answers).unwrap();
            assert_eq!((book.counts().stored, book.counts().sent()), (stored, 3), "{resumed} {again}");
            assert_eq!(book.kept.state().latest.unwrap().seq, 101);
        }
    }
}
