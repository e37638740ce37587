//! Reading the files and making parcels of them. Runs on a thread of its own, because it waits for the disk.

use crate::cli::exit::Failure;
use crate::cli::send::answer::{Reason, Verdict};
use crate::cli::send::book::Book;
use crate::cli::send::carrier::Carrier;
use crate::cli::send::cut::{Cut, cut_lines};
use crate::cli::send::document::{self, Content, DOCUMENT_BYTES_MAX};
use crate::cli::send::format::{CloudEvents, Named, Shape, sniff};
use crate::cli::send::input::{Input, unreadable};
use crate::cli::send::key::request_key;
use crate::cli::send::parcel::{Parcel, Settled, Slot};
use crate::cli::send::progress::Progress;
use crate::cli::send::source::{READ_BYTES, Source, nameless};
use crate::cli::send::state::{Kept, States};
use crate::crypto::digest::Digest;
use crate::platform::entropy::Entropy;
use std::collections::HashSet;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::mpsc::Sender;

/// What the reader finds.
#[derive(Debug)]
pub(super) enum Item {
    /// A file of lines or elements begins; files are numbered from 0 in the order they begin.
    Begin(Box<Book>),
    /// A request of the file that began last.
    Cut {
        /// Its number in the file, from 0 in this run.
        number: u64,
        /// Its key.
        key: String,
        /// Its records.
        cut: Cut,
    },
    /// The file that began last has so many requests in this run.
    End(u64),
    /// A file that is one event.
    Event {
        /// The file's name for people.
        shown: String,
        /// Its key.
        key: String,
        /// The event.
        parcel: Parcel,
        /// The file's length in bytes.
        bytes: u64,
    },
    /// A file that is refused here.
    Refused(String, Reason, u64),
    /// A file of the same bytes as one before, of so many.
    Same(String, u64),
}

/// Reads files.
#[derive(Debug)]
pub(super) struct Reader {
    /// Where states are.
    pub(super) states: States,
    /// Sends a request again to see whether the appliance knows it.
    pub(super) carrier: Arc<Carrier>,
    /// Hears how far it is.
    pub(super) progress: Arc<Progress>,
    /// Names temporary files.
    pub(super) entropy: Arc<dyn Entropy>,
    /// Takes what is found.
    pub(super) items: Sender<Item>,
    /// Runs the carrier.
    pub(super) runtime: Handle,
}

/// Why reading ends before its end.
enum Stop {
    Failed(Failure),
    /// Nobody wants more.
    Unwanted,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Reader {
    /// Reads all files in order.
    pub(super) fn run(self, inputs: Vec<Input>) -> Result<(), Failure> {
        let mut seen = HashSet::new();
        for input in &inputs {
            match self.read(input, &mut seen) {
                Ok(()) => {}
                Err(Stop::Failed(failure)) => return Err(failure),
                Err(Stop::Unwanted) => return Ok(()),
            }
        }
        Ok(())
    }

    fn hand_on(&self, item: Item) -> Result<(), Stop> {
        self.items.blocking_send(item).map_err(|_gone| Stop::Unwanted)
    }

    fn read(&self, input: &Input, seen: &mut HashSet<Digest>) -> Result<(), Stop> {
        let shown = input.shown();
        let reading = self.progress.reading(&shown, input.len);
        let source = Source::open(input, &*self.entropy, &mut |bytes| reading.step(bytes))?;
        drop(reading);
        self.progress.add_due(source.len.saturating_sub(input.len));
        if !seen.insert(source.digest) {
            return self.hand_on(Item::Same(shown, source.len));
        }
        let failed = |error: io::Error| unreadable(Path::new(&shown), &error);
        let shape = match input.named {
            Named::Shape(shape) => shape,
            // Nothing came through the pipe: no document, and no line.
            Named::Sniff if input.path.is_none() && source.len == 0 => Shape::Lines,
            Named::Sniff | Named::Unknown => {
                (&source.file).rewind().map_err(failed)?;
                sniff(&mut BufReader::with_capacity(READ_BYTES, &source.file)).map_err(failed)?
            }
        };
        match shape {
            Shape::Lines => self.read_lines(shown, source),
            Shape::Document(cloud_events) => self.read_document(shown, source, cloud_events),
            Shape::Raw(media_type) => self.read_raw(shown, source, media_type),
        }
    }

    fn read_raw(&self, shown: String, source: Source, media_type: &'static str) -> Result<(), Stop> {
        match whole(&shown, &source)? {
            Some(text) => self.hand_on_event(shown, &source, media_type, text),
            None => self.too_long(shown, &source),
        }
    }

    fn read_document(&self, shown: String, source: Source, cloud_events: CloudEvents) -> Result<(), Stop> {
        let Some(text) = whole(&shown, &source)? else { return self.too_long(shown, &source) };
        match document::read(text, cloud_events) {
            Ok(Content::Event { media_type, text }) => self.hand_on_event(shown, &source, media_type, text),
            Ok(Content::Array(cuts)) => self.send_array(shown, source, &cuts),
            Err(error) => {
                let detail = format!("{error}; hint: --format ndjson sends every line as an event");
                self.hand_on(Item::Refused(shown, Reason::new("invalid_json", &detail), source.len))
            }
        }
    }

    fn hand_on_event(
        &self,
        shown: String,
        source: &Source,
        media_type: &'static str,
        text: Vec<u8>,
    ) -> Result<(), Stop> {
        let (key, parcel) = (request_key(&source.digest, 0), Parcel::Event { media_type, text: text.into() });
        self.hand_on(Item::Event { shown, key, parcel, bytes: source.len })
    }

    fn too_long(&self, shown: String, source: &Source) -> Result<(), Stop> {
        let mebibytes = DOCUMENT_BYTES_MAX / 1024 / 1024;
        let detail = format!(
            "one document of more than {mebibytes} MiB, and no appliance takes that; hint: write one event a line and send \
             it with --format ndjson"
        );
        self.hand_on(Item::Refused(shown, Reason::new("document_too_large", &detail), source.len))
    }

    fn read_lines(&self, shown: String, source: Source) -> Result<(), Stop> {
        let source = Arc::new(source);
        let failed = |error: io::Error| Stop::Failed(unreadable(Path::new(&shown), &error));
        let at = |offset: u64, first: u64| -> io::Result<Option<Cut>> {
            (&source.file).seek(SeekFrom::Start(offset))?;
            cut_lines(&mut BufReader::with_capacity(READ_BYTES, &source.file), offset, first)
        };
        let mut kept = self.open_state(&source, "lines")?;
        if let Some(latest) = kept.state().latest {
            let cut = at(latest.offset, latest.first).map_err(failed)?;
            self.go_on(&shown, &source, &mut kept, cut)?;
        } else {
            kept.restart(None);
        }
        let (mut offset, mut first) = (kept.state().done_to, kept.state().next);
        self.hand_on(Item::Begin(Box::new(Book::open(shown.clone(), Arc::clone(&source), kept))))?;
        (&source.file).seek(SeekFrom::Start(offset)).map_err(failed)?;
        let mut reader = BufReader::with_capacity(READ_BYTES, &source.file);
        let mut number = 0;
        while let Some(cut) = cut_lines(&mut reader, offset, first).map_err(failed)? {
            source.check_unchanged(&shown)?;
            (offset, first) = (cut.end, cut.next());
            let key = request_key(&source.digest, cut.offset);
            self.hand_on(Item::Cut { number, key, cut })?;
            number += 1;
        }
        source.check_unchanged(&shown)?;
        self.hand_on(Item::End(number))
    }

    fn send_array(&self, shown: String, source: Source, cuts: &[Cut]) -> Result<(), Stop> {
        let source = Arc::new(source);
        let mut kept = self.open_state(&source, "elements")?;
        if let Some(latest) = kept.state().latest {
            let cut = cuts.iter().find(|cut| cut.offset == latest.offset).cloned();
            self.go_on(&shown, &source, &mut kept, cut)?;
        } else {
            kept.restart(None);
        }
        let done_to = kept.state().done_to;
        self.hand_on(Item::Begin(Box::new(Book::open(shown, Arc::clone(&source), kept))))?;
        let mut number = 0;
        for cut in cuts.iter().filter(|cut| cut.offset >= done_to).cloned() {
            let key = request_key(&source.digest, cut.offset);
            self.hand_on(Item::Cut { number, key, cut })?;
            number += 1;
        }
        self.hand_on(Item::End(number))
    }

    fn open_state(&self, source: &Source, records: &str) -> Result<Kept, Failure> {
        let made = || nameless(&std::env::temp_dir(), &*self.entropy);
        self.states
            .open(&source.digest, records, made)
            .map_err(|error| Failure::Failed(format!("the state of the send cannot be kept: {error}")))
    }

    /// Sends the latest finished request again. Where the appliance knows all of it, the send goes on; else it begins
    /// anew.
    fn go_on(
        &self,
        shown: &str,
        source: &Source,
        kept: &mut Kept,
        latest: Option<Cut>,
    ) -> Result<(), Failure> {
        let Some(cut) = latest else {
            kept.restart(None);
            return Ok(());
        };
        source.check_unchanged(shown)?;
        let key = request_key(&source.digest, cut.offset);
        let answers = self.runtime.block_on(self.carrier.carry(&key, &Parcel::Lines(cut)))?;
        let stored = answers.slots().iter().filter_map(|slot| match slot {
            Slot::Settled(Settled { verdict: Verdict::Stored { seq }, .. }) => Some(*seq),
            _ => None,
        });
        let done = kept.state().next - 1;
        if let Some(first) = stored.min() {
            self.progress.note(&format!(
                "{shown}: the appliance does not know what an earlier run sent; beginning anew"
            ));
            kept.restart(Some(first));
        } else {
            self.progress
                .note(&format!("{shown}: going on after {done} records that an earlier run has sent"));
            self.progress.pass_over(kept.state().done_to);
        }
        Ok(())
    }
}

/// Reads a file that is sent as one; nothing if it is too long.
fn whole(shown: &str, source: &Source) -> Result<Option<Vec<u8>>, Stop> {
    if source.len > DOCUMENT_BYTES_MAX {
        return Ok(None);
    }
    let mut text = Vec::new();
    let mut file = &source.file;
    file.rewind()
        .and_then(|()| file.take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut text))
        .map_err(|error| unreadable(Path::new(shown), &error))?;
    source.check_unchanged(shown)?;
    Ok(Some(text))
}
