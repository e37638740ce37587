//! `GET /v1/events/export`: every event that matches, one JSON object a line, oldest first.
//!
//! A task reads a page, writes it into a channel of one place and reads the next when that one was taken: a slow
//! reader holds one page in memory and no read transaction. Whoever reads can tell a cut-off export from a whole one,
//! because only a whole one ends the body properly; `after` goes on behind the last line that came.

use super::parameters;
use crate::domain::tenant::Tenant;
use crate::services::reading::{Page, Query, ReadError, Reading};
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::wire::event::EventJson;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use http_body_util::channel::{Channel, Sender};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Most events of a page: few enough to be quick and many enough to be worth a transaction.
const PAGE_LEN: usize = 256;

/// A page of that many bytes of payload is followed by a shorter one, so that large events do not pile up.
const PAGE_BYTES: usize = 1024 * 1024;

/// Pauses while all readers are busy, before the export is given up.
const BUSY_PAUSES: [Duration; 5] = [
    Duration::from_millis(20),
    Duration::from_millis(80),
    Duration::from_millis(320),
    Duration::from_millis(1_280),
    Duration::from_millis(5_120),
];

/// Streams every matching event.
pub(in crate::web) async fn export_events(call: &Call<'_>) -> Result<Response, Problem> {
    let mut query = parameters::read_export(call.parts.uri.query())?;
    query.limit = PAGE_LEN;
    let export = Export {
        reading: call.services()?.reading.clone(),
        tenant: Arc::clone(&call.reach().tenant),
        pause_max: call.edge.options.request_timeout,
    };
    let first = export.reading.list(&export.tenant, query.clone()).await?;
    let (sender, body) = Channel::<Bytes, io::Error>::new(1);
    tokio::spawn(export.send_all(first, query, sender));
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(call::uncached(response))
}

struct Export {
    reading: Reading,
    tenant: Arc<Tenant>,
    pause_max: Duration,
}

impl Export {
    /// Sends pages until the last one, the reader's end or a failure, which cuts the body off.
    async fn send_all(self, mut page: Page, mut query: Query, mut sender: Sender<Bytes, io::Error>) {
        loop {
            let lines = lines(&page);
            query.limit = next_limit(page.events.len(), lines.len());
            let next = page.next;
            drop(page);
            if !lines.is_empty() {
                match tokio::time::timeout(self.pause_max, sender.send_data(lines)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_reader_left)) => return,
                    Err(_too_slow) => return sender.abort(io::Error::from(io::ErrorKind::TimedOut)),
                }
            }
            if next.is_none() {
                return;
            }
            query.after = next;
            page = match self.read(&query).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::warn!(tenant = %self.tenant.slug, "An export was cut off: {error}");
                    return sender.abort(io::Error::other(error));
                }
            };
        }
    }

    async fn read(&self, query: &Query) -> Result<Page, ReadError> {
        for pause in BUSY_PAUSES {
            match self.reading.list(&self.tenant, query.clone()).await {
                Err(ReadError::Busy) => tokio::time::sleep(pause).await,
                read => return read,
            }
        }
        self.reading.list(&self.tenant, query.clone()).await
    }
}

fn lines(page: &Page) -> Bytes {
    let mut lines = Vec::new();
    for event in &page.events {
        serde_json::to_writer(&mut lines, &EventJson(event)).expect("an event has a JSON form");
        lines.push(b'\n');
    }
    Bytes::from(lines)
}

/// Chooses the next page's length so that it holds about `PAGE_BYTES` if its events are as large as the last ones.
fn next_limit(events: usize, bytes: usize) -> usize {
    let wanted = PAGE_BYTES.checked_mul(events.max(1)).unwrap_or(PAGE_BYTES) / bytes.max(1);
    wanted.clamp(1, PAGE_LEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::wire::event::tests::event;

    #[test]
    fn every_event_is_one_line() {
        let page = Page { events: vec![event(None, b"a\nb"), event(None, b"")], next: None, prev: None };
        let text = String::from_utf8(lines(&page).to_vec()).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(text.ends_with("}\n"));
        assert!(text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    }

    #[test]
    fn pages_shrink_when_events_are_large() {
        assert_eq!(next_limit(0, 0), PAGE_LEN);
        assert_eq!(next_limit(256, 256 * 400), PAGE_LEN);
        assert_eq!(next_limit(256, 256 * 1024 * 1024), 1);
        assert_eq!(next_limit(1, 4 * 1024 * 1024), 1);
    }
}
