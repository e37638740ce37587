//! Sending: a few parcels under way at a time, their answers counted file by file.

use crate::cli::exit::Failure;
use crate::cli::send::answer::Verdict;
use crate::cli::send::book::Book;
use crate::cli::send::carrier::Carrier;
use crate::cli::send::counts::Counts;
use crate::cli::send::cut::Cut;
use crate::cli::send::parcel::{Answers, Parcel, Settled, Slot};
use crate::cli::send::progress::{Progress, Step};
use crate::cli::send::reader::Item;
use crate::cli::send::refused::RefusedFile;
use crate::cli::send::summary::Summary;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;

/// Most parcels under way at a time: enough to keep the appliance busy while answers travel, and few enough to bound
/// the memory.
const UNDER_WAY_MAX: usize = 4;

/// A parcel that was answered.
#[derive(Debug)]
enum Answered {
    /// A request of a file of lines or elements.
    Cut { file: u64, number: u64, cut: Cut, answers: Answers },
    /// A file that is one event.
    Event { shown: String, bytes: u64, answers: Answers },
}

/// Sends what the reader finds.
#[derive(Debug)]
pub(super) struct Drive {
    carrier: Arc<Carrier>,
    progress: Arc<Progress>,
    refused: Option<RefusedFile>,
    under_way: JoinSet<Result<Answered, Failure>>,
    /// Files that are not answered wholly, by their number.
    open: BTreeMap<u64, Book>,
    /// How many files of lines or elements have begun.
    begun: u64,
    summary: Summary,
    /// Files to remove once everything is sent.
    states: Vec<PathBuf>,
}

impl Drive {
    /// Begins with nothing sent.
    pub(super) fn new(
        carrier: Arc<Carrier>,
        progress: Arc<Progress>,
        refused: Option<RefusedFile>,
        summary: Summary,
    ) -> Self {
        Self {
            carrier,
            progress,
            refused,
            under_way: JoinSet::new(),
            open: BTreeMap::new(),
            begun: 0,
            summary,
            states: Vec::new(),
        }
    }

    /// Sends until there is nothing more, or something fails. Whatever was answered until then is counted and kept.
    pub(super) async fn run(&mut self, mut items: Receiver<Item>) -> Result<(), Failure> {
        let mut more = true;
        let mut held = None;
        while more || held.is_some() || !self.under_way.is_empty() {
            if let Some(item) = held.take_if(|item| !self.must_wait(item)) {
                self.begin(item)?;
            }
            tokio::select! {
                item = items.recv(), if more && held.is_none() && self.under_way.len() < UNDER_WAY_MAX => {
                    more = item.is_some();
                    held = item;
                }
                Some(answered) = self.under_way.join_next() => {
                    let answered = answered.map_err(|error| Failure::from_error(&error))?;
                    self.count(answered?)?;
                }
                else => {}
            }
        }
        Ok(())
    }

    /// Tells whether something has to wait for the answer to its file's first request.
    fn must_wait(&self, item: &Item) -> bool {
        let last = self.open.last_key_value().filter(|(file, _)| **file + 1 == self.begun);
        matches!(item, Item::Cut { number: 1.., .. }) && last.is_some_and(|(_, book)| book.awaits_first())
    }

    fn begin(&mut self, item: Item) -> Result<(), Failure> {
        let carrier = Arc::clone(&self.carrier);
        match item {
            Item::Begin(book) => {
                self.summary.bytes += book.done_to();
                self.open.insert(self.begun, *book);
                self.begun += 1;
            }
            Item::Cut { number, key, cut } => {
                let file = self.begun.saturating_sub(1);
                self.under_way.spawn(async move {
                    let parcel = Parcel::Lines(cut);
                    let answers = carrier.carry(&key, &parcel).await?;
                    let Parcel::Lines(cut) = parcel else { return Err(Failure::Failed(String::new())) };
                    Ok(Answered::Cut { file, number, cut, answers })
                });
            }
            Item::Event { shown, key, parcel, bytes } => {
                self.under_way.spawn(async move {
                    let answers = carrier.carry(&key, &parcel).await?;
                    Ok(Answered::Event { shown, bytes, answers })
                });
            }
            Item::End(requests) => {
                let file = self.begun.saturating_sub(1);
                if let Some(book) = self.open.get_mut(&file) {
                    book.set_due(requests);
                }
                self.close_if_done(file)?;
            }
            Item::Refused(shown, reason, bytes) => {
                self.summary.counts.refuse(&shown, None, &reason);
                self.step(Step { bytes, refused: 1, ..Step::default() });
            }
            Item::Same(shown, bytes) => {
                self.summary.same.push(shown);
                self.step(Step { bytes, ..Step::default() });
            }
        }
        Ok(())
    }

    fn count(&mut self, answered: Answered) -> Result<(), Failure> {
        match answered {
            Answered::Cut { file, number, cut, answers } => {
                let Some(book) = self.open.get_mut(&file) else { return Ok(()) };
                let step = book.take(number, cut, answers).map_err(|error| {
                    Failure::Failed(format!("the state of the send cannot be kept: {error}"))
                })?;
                self.step(step);
                self.close_if_done(file)
            }
            Answered::Event { shown, bytes, answers } => {
                let mut counts = Counts::default();
                for slot in answers.slots() {
                    let Slot::Settled(Settled { verdict, .. }) = slot else { continue };
                    match verdict {
                        Verdict::Stored { .. } => counts.stored += 1,
                        Verdict::Repeat { mismatch, .. } => {
                            counts.repeats += 1;
                            counts.mismatches += u64::from(*mismatch);
                        }
                        Verdict::Refused(reason) => counts.refuse(&shown, None, reason),
                    }
                }
                let (stored, repeats, refused) = (counts.stored, counts.repeats, counts.refused());
                self.summary.counts.add(&counts);
                self.step(Step { bytes, stored, repeats, refused });
                Ok(())
            }
        }
    }

    fn step(&mut self, step: Step) {
        self.summary.bytes += step.bytes;
        self.summary.sent_now += step.stored + step.repeats + step.refused;
        self.progress.step(step);
    }

    /// Closes the book on a file that is answered wholly, and on those after it that waited for it: refused records
    /// are copied in the files' order.
    fn close_if_done(&mut self, file: u64) -> Result<(), Failure> {
        if self.open.first_key_value().is_none_or(|(first, _)| *first != file) {
            return Ok(());
        }
        while let Some(entry) = self.open.first_entry().filter(|entry| entry.get().is_done()) {
            let mut book = entry.remove();
            if let Some(refused) = &mut self.refused {
                book.copy_refused(&mut |source, start, end| refused.add(source, start, end)).map_err(
                    |error| {
                        Failure::Failed(format!(
                            "the refused records of {} cannot be copied: {error}",
                            book.shown
                        ))
                    },
                )?;
            }
            let (counts, states) = book.close();
            self.summary.counts.add(&counts);
            self.states.extend(states);
        }
        Ok(())
    }

    /// Ends with what came of it. When everything was sent, the file of refused records is put in its place and nothing
    /// is kept to go on with.
    pub(super) fn end(mut self, finished: bool) -> Result<Summary, Failure> {
        self.summary.finished = finished;
        self.summary.elapsed = self.progress.elapsed();
        for book in self.open.into_values() {
            let begun = book.done_to() > 0;
            let (counts, states) = book.close();
            self.summary.counts.add(&counts);
            if !begun {
                states.iter().for_each(forget);
            }
        }
        if finished {
            if let Some(refused) = self.refused {
                refused.end().map_err(|error| {
                    Failure::Failed(format!("the file of refused records cannot be written: {error}"))
                })?;
            }
            self.states.iter().for_each(forget);
        }
        Ok(self.summary)
    }
}

/// Removes a file of a state. One that stays costs a request when the same file is sent again, and nothing else.
fn forget(path: &PathBuf) {
    let _ = std::fs::remove_file(path);
}
