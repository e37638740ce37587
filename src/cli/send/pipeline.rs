//! A few requests in flight, their answers counted in the files' order.

use crate::cli::exit::Failure;
use crate::cli::send::batch::Outcome;
use crate::cli::send::progress::Progress;
use crate::cli::send::reader::Item;
use crate::cli::send::refused::RefusedFile;
use crate::cli::send::request::Request;
use crate::cli::send::sender::Sender;
use crate::cli::send::summary::Summary;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

/// Most requests in flight: enough to keep the appliance busy while answers travel, and few enough to bound the memory.
const IN_FLIGHT_MAX: usize = 4;

#[derive(Debug)]
pub(super) struct Pipeline {
    sender: Arc<Sender>,
    progress: Progress,
    refused: Option<RefusedFile>,
    /// In the order of the files, which is that of counting.
    in_flight: VecDeque<JoinHandle<Result<Request, Failure>>>,
    /// Most of them now: the first is answered before another is sent, because its events then lie before all others of
    /// this send in the ledger.
    in_flight_max: usize,
    began: Instant,
    summary: Summary,
}

impl Pipeline {
    pub(super) fn new(
        sender: Sender,
        progress: Progress,
        refused: Option<RefusedFile>,
        summary: Summary,
    ) -> Self {
        Self {
            sender: Arc::new(sender),
            progress,
            refused,
            in_flight: VecDeque::new(),
            in_flight_max: 1,
            began: Instant::now(),
            summary,
        }
    }

    /// Sends until there is nothing more, or something fails. Whatever was answered until then is counted.
    pub(super) async fn run(&mut self, mut items: Receiver<Item>) -> Result<(), Failure> {
        let mut more = true;
        while more || !self.in_flight.is_empty() {
            let in_flight = &mut self.in_flight;
            let has_room = in_flight.len() < self.in_flight_max;
            tokio::select! {
                item = items.recv(), if more && has_room => match item {
                    Some(Item::Request(request)) => {
                        let sender = Arc::clone(&self.sender);
                        in_flight.push_back(tokio::spawn(async move { sender.send(request).await }));
                    }
                    Some(Item::Same(source)) => {
                        self.summary.same.push(source.name.clone());
                        self.step(source.len);
                    }
                    None => more = false,
                },
                Some(answered) = next(in_flight) => {
                    in_flight.pop_front();
                    self.count(&answered.map_err(|error| Failure::from_error(&error))??)?;
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, request: &Request) -> Result<(), Failure> {
        let Request { source, batch, .. } = request;
        self.in_flight_max = IN_FLIGHT_MAX;
        self.summary.count(request);
        if let Some(refused) = self.refused.as_mut().filter(|_| request.is_lines()) {
            let records = batch.records.iter().filter(|record| matches!(record.outcome, Outcome::Refused(_)));
            let copied =
                records.map(|record| record.place.clone()).try_for_each(|place| refused.add(source, place));
            copied.map_err(|error: io::Error| {
                let name = &source.name;
                Failure::Failed(format!("the refused records of {name} cannot be copied: {error}"))
            })?;
        }
        self.step(batch.end - batch.offset);
        Ok(())
    }

    fn step(&mut self, bytes: u64) {
        self.summary.bytes += bytes;
        self.summary.elapsed = self.began.elapsed();
        self.progress.show(&self.summary);
    }

    /// Ends with what came of it. When everything was sent, the file of refused records is put in its place.
    pub(super) fn end(mut self, finished: bool) -> Result<Summary, Failure> {
        self.in_flight.iter().for_each(JoinHandle::abort);
        self.summary.finished = finished;
        self.summary.elapsed = self.began.elapsed();
        self.progress.end();
        if let Some(refused) = self.refused.filter(|_| finished) {
            refused.end().map_err(|error| {
                Failure::Failed(format!("the file of refused records cannot be written: {error}"))
            })?;
        }
        Ok(self.summary)
    }
}

/// Waits for the first of the requests in flight; there is none if nothing is in flight.
async fn next<T>(in_flight: &mut VecDeque<JoinHandle<T>>) -> Option<Result<T, tokio::task::JoinError>> {
    match in_flight.front_mut() {
        Some(first) => Some(first.await),
        None => None,
    }
}
