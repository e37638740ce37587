//! Reading the files and making requests of them. Runs on a thread of its own, because it waits for the disk.

use crate::cli::exit::Failure;
use crate::cli::send::answer::Reason;
use crate::cli::send::batch::{Batch, Outcome, cut_elements, read_lines};
use crate::cli::send::document::{self, Content};
use crate::cli::send::format::{CloudEvents, Shape, sniff};
use crate::cli::send::input::Input;
use crate::cli::send::progress::Progress;
use crate::cli::send::request::{LINES, Request};
use crate::cli::send::source::Source;
use crate::platform::entropy::Entropy;
use std::collections::HashSet;
use std::io::Read;
use std::sync::Arc;
use tokio::sync::mpsc::Sender;

/// Largest document: no appliance takes a longer event (`limits.body_bytes_max` is at most 64 MiB), and it is read into
/// memory whole.
const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

#[derive(Debug)]
pub(super) enum Item {
    /// Records to send.
    Request(Request),
    /// A file of the same bytes as one before.
    Same(Arc<Source>),
}

#[derive(Debug)]
pub(super) struct Reader {
    pub(super) progress: Progress,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) items: Sender<Item>,
}

impl Reader {
    pub(super) fn run(self, inputs: Vec<Input>) -> Result<(), Failure> {
        let mut seen = HashSet::new();
        for input in &inputs {
            let bar = self.progress.reading(&input.shown(), input.len);
            let source = Arc::new(Source::open(input, &*self.entropy, &bar)?);
            drop(bar);
            self.progress.add_due(source.len.saturating_sub(input.len));
            if seen.insert(source.digest) {
                self.read(input, input.shape, &source)?;
            } else {
                self.hand_on(Item::Same(source))?;
            }
        }
        Ok(())
    }

    fn read(&self, input: &Input, shape: Shape, source: &Arc<Source>) -> Result<(), Failure> {
        match shape {
            Shape::LinesOrDocument => {
                // If nothing came through the pipe, that is no document, and no line.
                let is_nothing = input.path.is_none() && source.len == 0;
                let sniffed = if is_nothing { Ok(Shape::Lines) } else { sniff(&mut source.reader()?) };
                self.read(input, sniffed.map_err(|error| source.unreadable(&error))?, source)
            }
            Shape::Lines => self.read_lines(source),
            _ if source.len > DOCUMENT_BYTES_MAX => {
                let mebibytes = DOCUMENT_BYTES_MAX >> 20;
                let detail = format!(
                    "one document of more than {mebibytes} MiB, and no appliance takes that; hint: write one event a line \
                     and send it with --format ndjson"
                );
                self.refuse(source, "document_too_large", &detail)
            }
            Shape::Document(cloud_events) => self.read_document(source, cloud_events),
            Shape::Raw(media_type) => self.send_event(source, media_type, read_whole(source)?),
        }
    }

    fn read_lines(&self, source: &Arc<Source>) -> Result<(), Failure> {
        let mut reader = source.reader()?;
        let (mut offset, mut first) = (0, 1);
        loop {
            let batch = read_lines(&mut reader, offset, first).map_err(|error| source.unreadable(&error))?;
            source.check_unchanged()?;
            let Some(batch) = batch else { return Ok(()) };
            (offset, first) = (batch.end, batch.first + batch.records.len() as u64);
            self.send(source, LINES, batch)?;
        }
    }

    fn read_document(&self, source: &Arc<Source>, cloud_events: CloudEvents) -> Result<(), Failure> {
        let mut bytes = read_whole(source)?;
        match document::read(&bytes, cloud_events) {
            Ok(Content::Event { media_type, start }) => {
                bytes.drain(..start);
                self.send_event(source, media_type, bytes)
            }
            Ok(Content::Array(places)) => {
                let (mut places, mut first) = (&*places, 1);
                while let Some(batch) = cut_elements(&bytes, &mut places, first) {
                    first += batch.records.len() as u64;
                    self.send(source, LINES, batch)?;
                }
                Ok(())
            }
            Err(error) => {
                let detail = format!("{error}; hint: --format ndjson sends every line as an event");
                self.refuse(source, "invalid_json", &detail)
            }
        }
    }

    fn send_event(
        &self,
        source: &Arc<Source>,
        media_type: &'static str,
        bytes: Vec<u8>,
    ) -> Result<(), Failure> {
        self.send(source, media_type, Batch::whole(bytes, source.len, Outcome::Due))
    }

    /// Hands on a file that is refused here, and not sent.
    fn refuse(&self, source: &Arc<Source>, code: &str, detail: &str) -> Result<(), Failure> {
        let refused = Batch::whole(Vec::new(), source.len, Outcome::Refused(Reason::new(code, detail)));
        self.send(source, "", refused)
    }

    fn send(&self, source: &Arc<Source>, media_type: &'static str, batch: Batch) -> Result<(), Failure> {
        self.hand_on(Item::Request(Request { source: Arc::clone(source), media_type, batch, attempts: 0 }))
    }

    fn hand_on(&self, item: Item) -> Result<(), Failure> {
        let sent = self.items.blocking_send(item);
        sent.map_err(|_gone| Failure::Failed("the sending has ended for a reason of its own".to_owned()))
    }
}

fn read_whole(source: &Source) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = source.reader()?.take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| source.unreadable(&error))?;
    source.check_unchanged()?;
    Ok(bytes)
}
