//! Reading events: pages, single events and payloads, with the descriptions of all reading.

use crate::api::events::event::EventJson;
use crate::api::events::export::export_events;
use crate::api::events::parameters;
use crate::api::events::stream::follow_events;
use crate::api::parameters::{
    AFTER, BEFORE, CURSORS, KEY_FILTER, LAST_EVENT_ID, LIMIT, ORDER, READS, SEQ, SINCE, SOURCE, TRACE, TYPE,
    UNTIL,
};
use crate::api::tags;
use crate::domain::ids::Seq;
use crate::domain::tenant::Tenant;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::operation::{Answer, Carried, Content, Operation};
use crate::http::problem::Problem;
use crate::http::request::media::may_run_in_browser;
use crate::http::request::query::Parameters;
use crate::http::route::{Handler, READ, Route, When, handler};
use crate::http::schemas::{anything, text, written};
use crate::services::reading::{Page, Query, ReadError, StoredEvent};
use axum::response::Response;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

/// A page of events. It may be short or empty while there is more.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Page")]
pub(crate) struct PageJson<'a> {
    events: Vec<EventJson<'a>>,
    /// The cursor behind the page; null at the end only.
    next: Option<String>,
    /// The cursor before the page; null at the beginning.
    prev: Option<String>,
}

impl<'a> From<&'a Page> for PageJson<'a> {
    fn from(page: &'a Page) -> Self {
        let [next, prev] = [page.next, page.prev].map(|cursor| cursor.map(|cursor| cursor.to_string()));
        Self { events: page.events.iter().map(EventJson).collect(), next, prev }
    }
}

/// The media type of a payload that has none that can be written.
const UNKNOWN: &str = "application/octet-stream";

async fn list_events(call: &Call<'_>) -> Result<Response, Problem> {
    let query = parameters::read_list(call.query())?;
    answer_page(call, &call.reach().tenant, query, |page| call::to_json(&PageJson::from(page))).await
}

/// Answers one page of a tenant's events, written as JSON.
pub(crate) async fn answer_page(
    call: &Call<'_>,
    tenant: &Tenant,
    query: Query,
    write: fn(&Page) -> Vec<u8>,
) -> Result<Response, Problem> {
    let answers = call.answers().with_room()?;
    let make = move |page| answers.hold_written(write(&page));
    let json = call.services()?.reading.list(tenant, query, make).await?;
    Ok(call::uncached(call::answer(StatusCode::OK, "application/json", json)))
}

async fn find_event(call: &Call<'_>) -> Result<Response, Problem> {
    let answers = call.answers().with_room()?;
    let json = find(call, move |event| answers.hold_written(call::to_json(&EventJson(&event)))).await?;
    Ok(call::uncached(call::answer(StatusCode::OK, "application/json", json)))
}

/// Finds the event that the path names and makes of it what is wanted.
async fn find<T: Send + 'static>(
    call: &Call<'_>,
    make: impl FnOnce(StoredEvent) -> Result<T, ReadError> + Send + 'static,
) -> Result<T, Problem> {
    let seq = Seq::parse(call.param("seq")).ok_or(ReadError::NotFound)?;
    Parameters::read(call.query(), &[]).finish()?;
    Ok(call.services()?.reading.find(&call.reach().tenant, seq, make).await?)
}

/// Answers the payload byte for byte, under the media type it came with. A sender's page or script is only offered
/// as a download: on this origin it must never run.
async fn find_payload(call: &Call<'_>) -> Result<Response, Problem> {
    let answers = call.answers().with_room()?;
    let (seq, content_type, payload) =
        find(call, move |event| Ok((event.seq, event.attributes.content_type, answers.hold(event.payload)?)))
            .await?;
    let content_type = content_type.as_deref();
    let mut response = call::answer(StatusCode::OK, UNKNOWN, payload);
    let headers = response.headers_mut();
    if let Some(Ok(known)) = content_type.map(HeaderValue::from_str) {
        headers.insert(CONTENT_TYPE, known);
    }
    if may_run_in_browser(content_type) {
        let name = format!("attachment; filename=\"event-{seq}\"");
        let value = HeaderValue::from_str(&name).expect("a name of digits is a header value");
        headers.insert(CONTENT_DISPOSITION, value);
    }
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    Ok(call::uncached(response))
}

static LIST_EVENTS: Operation = Operation::new(&tags::READING, "listEvents", "Lists events")
    .detail("A page may be short or empty while there is more: `next` is null at the end only.")
    .parameters(&[AFTER, BEFORE, LIMIT, ORDER, TYPE, SOURCE, SINCE, UNTIL, TRACE, KEY_FILTER])
    .answers::<PageJson<'static>>("A page.")
    .refuses(CURSORS)
    .refuses(READS);

static EXPORT_EVENTS: Operation = Operation::new(&tags::READING, "exportEvents", "Gives all events as lines")
    .detail("Oldest first. An export that is cut off has no proper end.")
    .parameters(&[AFTER, TYPE, SOURCE, SINCE, UNTIL, TRACE, KEY_FILTER])
    .answer(Answer::of(
        200,
        "An event a line.",
        &[Content::many("application/x-ndjson", text, written::<EventJson<'static>>)],
    ))
    .refuses(CURSORS)
    .refuses(READS);

static FOLLOW_EVENTS: Operation = Operation::new(&tags::READING, "followEvents", "Gives events as they come")
    .detail("Server-sent events: `id` is the cursor behind an event, `data` the event. It never ends by itself; an \
             event of type `problem` says why it was ended.")
    .parameters(&[LAST_EVENT_ID, AFTER, TYPE, SOURCE, TRACE])
    .answer(Answer::of(200, "Events until either side closes the stream.", &[Content::many("text/event-stream", text, written::<EventJson<'static>>)]))
    .refuses(CURSORS)
    .refuses(&[Code::CursorAhead, Code::InvalidHeader, Code::RepeatedHeader, Code::TooManyStreams]);

static FIND_EVENT: Operation = Operation::new(&tags::READING, "findEvent", "Shows an event")
    .parameters(&[SEQ])
    .answers::<EventJson<'static>>("The event.")
    .refuses(READS)
    .refuses(&[Code::EventNotFound, Code::InvalidQuery]);

static FIND_PAYLOAD: Operation =
    Operation::new(&tags::READING, "findPayload", "Gives an event's payload as received")
        .detail("Under the media type it came with. What a browser might run is offered as a download.")
        .parameters(&[SEQ])
        .answer(
            Answer::of(200, "The bytes.", &[Content::of("*/*", anything)])
                .with(&[("Content-Disposition", Carried::Sometimes)]),
        )
        .refuses(READS)
        .refuses(&[Code::EventNotFound, Code::InvalidQuery]);

pub(crate) static ROUTES: &[Route] = &[
    Route::get("/v1/events", READ, handler!(list_events), &LIST_EVENTS),
    Route::get("/v1/events/export", READ, handler!(export_events), &EXPORT_EVENTS),
    Route::get("/v1/events/stream", READ, Handler::Now(follow_events), &FOLLOW_EVENTS).when(When::Streaming),
    Route::get("/v1/events/{seq}", READ, handler!(find_event), &FIND_EVENT),
    Route::get("/v1/events/{seq}/payload", READ, handler!(find_payload), &FIND_PAYLOAD),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::events::event::tests::event;
    use crate::domain::cursor::Cursor;
    use crate::domain::ids::Epoch;

    #[test]
    fn a_page_has_cursors_in_both_directions() {
        let empty = serde_json::to_string(&PageJson::from(&Page::default())).unwrap();
        assert_eq!(empty, r#"{"events":[],"next":null,"prev":null}"#);
        let next = Some(Cursor { epoch: Some(Epoch(1)), seq: Seq(7) });
        let page = Page { events: vec![event(None, b"")], next, prev: None };
        let read: serde_json::Value =
            serde_json::from_str(&serde_json::to_string(&PageJson::from(&page)).unwrap()).unwrap();
        assert_eq!((&read["events"][0]["seq"], &read["next"]), (&7.into(), &"1.7".into()));
    }
}
