//! `GET /v1/events/export`: every event that matches, one JSON object a line, oldest first.
//!
//! A task reads a page, writes it into a channel of one place and reads the next when that one was taken: a slow
//! reader holds one page in memory and no read transaction. Whoever reads can tell a cut-off export from a whole one,
//! because only a whole one ends the body properly; `after` goes on behind the last line that came.

use super::parameters;
use crate::api::events::event::EventJson;
use crate::domain::cursor::Cursor;
use crate::domain::tenant::Tenant;
use crate::http::answer_memory::AnswerMemory;
use crate::http::call::{self, Call};
use crate::http::problem::Problem;
use crate::services::reading::{Page, Query, ReadError, Reading, StoredEvent};
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use http_body_util::channel::{Channel, Sender};
use serde::Serialize;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Most events of a page: few enough to be quick and many enough to be worth a transaction. Large events make a page
/// shorter.
const PAGE_LEN: usize = 256;

/// First and longest pause while reads are busy or answers take all memory; each is twice the one before.
const BUSY_PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));

pub(crate) async fn export_events(call: &Call<'_>) -> Result<Response, Problem> {
    let query = parameters::read_export(call.query())?;
    let write = |page: &Page| json_lines(page, EventJson);
    let form = ExportForm { content_type: "application/x-ndjson", head: "", write };
    export(call, &call.reach().tenant, query, form).await
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ExportForm {
    pub(crate) content_type: &'static str,
    /// What stands before the first page.
    pub(crate) head: &'static str,
    /// Writes a page.
    pub(crate) write: fn(&Page) -> Vec<u8>,
}

/// Streams everything of a tenant that a query finds, page by page.
pub(crate) async fn export(
    call: &Call<'_>,
    tenant: &Arc<Tenant>,
    mut query: Query,
    form: ExportForm,
) -> Result<Response, Problem> {
    query.limit = PAGE_LEN;
    let export = Export {
        reading: call.services()?.reading.clone(),
        tenant: Arc::clone(tenant),
        answers: call.answers(),
        pause_max: call.options.request_timeout,
        write: form.write,
    };
    let first = export.read(&query).await?;
    let (mut sender, body) = Channel::<Bytes, io::Error>::new(1);
    let head = Bytes::from_static(form.head.as_bytes());
    tokio::spawn(async move {
        if head.is_empty() || sender.send_data(head).await.is_ok() {
            export.send_all(first, query, sender).await;
        }
    });
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form.content_type));
    Ok(call::uncached(response))
}

struct Export {
    reading: Reading,
    tenant: Arc<Tenant>,
    answers: AnswerMemory,
    /// Longest time until a page was taken, and again until the next one has room.
    pause_max: Duration,
    write: fn(&Page) -> Vec<u8>,
}

/// A page as it is sent, and the cursor behind it.
type Lines = (Bytes, Option<Cursor>);

impl Export {
    /// Sends pages until the last one, the reader's end or a failure, which cuts the body off.
    async fn send_all(self, mut page: Lines, mut query: Query, mut sender: Sender<Bytes, io::Error>) {
        loop {
            let (bytes, next) = page;
            if !bytes.is_empty() {
                match tokio::time::timeout(self.pause_max, sender.send_data(bytes)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_reader_left)) => return,
                    Err(_too_slow) => return sender.abort(io::Error::from(io::ErrorKind::TimedOut)),
                }
            }
            if next.is_none() {
                return;
            }
            query.after = next;
            let mut patience = Waiting::new(self.pause_max);
            let mut read = self.read(&query).await;
            while patience.again(&read).await {
                read = self.read(&query).await;
            }
            page = match read {
                Ok(page) => page,
                Err(error) => {
                    tracing::warn!(tenant = %self.tenant.slug, "An export was cut off: {error}");
                    return sender.abort(io::Error::other(error));
                }
            };
        }
    }

    async fn read(&self, query: &Query) -> Result<Lines, ReadError> {
        let (answers, write) = (self.answers.clone().with_room()?, self.write);
        let make = move |page: Page| Ok((answers.hold_written(write(&page))?, page.next));
        self.reading.list(&self.tenant, query.clone(), make).await
    }
}

/// Waiting for a turn at reading and for room, but not for ever.
pub(super) struct Waiting {
    deadline: Instant,
    pause: Duration,
}

impl Waiting {
    /// Waits no longer than this in all.
    pub(super) fn new(longest: Duration) -> Self {
        Self { deadline: Instant::now() + longest, pause: BUSY_PAUSE.0 }
    }

    /// Tells whether to read again, after a pause.
    pub(super) async fn again<T>(&mut self, read: &Result<T, ReadError>) -> bool {
        let again = matches!(read, Err(ReadError::Busy)) && Instant::now() + self.pause < self.deadline;
        if again {
            tokio::time::sleep(self.pause).await;
            self.pause = BUSY_PAUSE.1.min(self.pause * 2);
        }
        again
    }
}

/// Writes a page as a line of JSON for each event, shown in some way.
pub(crate) fn json_lines<'a, T: Serialize>(page: &'a Page, show: impl Fn(&'a StoredEvent) -> T) -> Vec<u8> {
    let mut lines = Vec::new();
    for event in &page.events {
        serde_json::to_writer(&mut lines, &show(event)).expect("an event has a JSON form");
        lines.push(b'\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::events::event::tests::event;

    #[test]
    fn every_event_is_one_line() {
        let page = Page { events: vec![event(None, b"a\nb"), event(None, b"")], next: None, prev: None };
        let text = String::from_utf8(json_lines(&page, EventJson)).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(text.ends_with("}\n"));
        assert!(text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    }
}
