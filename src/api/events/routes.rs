//! The routes of reading, with their descriptions.

use crate::api::events::event::EventJson;
use crate::api::events::export::export_events;
use crate::api::events::find::find_event;
use crate::api::events::list::list_events;
use crate::api::events::page::PageJson;
use crate::api::events::payload::find_payload;
use crate::api::events::stream::follow_events;
use crate::api::parameters::{
    AFTER, BEFORE, CURSORS, KEY_FILTER, LAST_EVENT_ID, LIMIT, ORDER, READS, SEQ, SINCE, SOURCE, TRACE, TYPE,
    UNTIL,
};
use crate::api::tags;
use crate::http::code::Code;
use crate::http::operation::{Answer, Carried, Content, Operation};
use crate::http::route::{Handler, READ, Route, When, handler};
use crate::http::schemas::{anything, text, written};

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
    .answer(Answer::of(200, "Events until somebody ends it.", &[Content::many("text/event-stream", text, written::<EventJson<'static>>)]))
    .refuses(CURSORS)
    .refuses(&[Code::CursorAhead, Code::InvalidHeader, Code::RepeatedHeader, Code::TooManyStreams]);

static FIND_EVENT: Operation = Operation::new(&tags::READING, "findEvent", "Shows an event")
    .parameters(&[SEQ])
    .answers::<EventJson<'static>>("The event.")
    .refuses(READS)
    .refuses(&[Code::InvalidQuery, Code::EventNotFound]);

static FIND_PAYLOAD: Operation =
    Operation::new(&tags::READING, "findPayload", "Gives an event's payload as received")
        .detail("Under the media type it came with. What a browser might run is offered as a download.")
        .parameters(&[SEQ])
        .answer(
            Answer::of(200, "The bytes.", &[Content::of("*/*", anything)])
                .with(&[("Content-Disposition", Carried::Sometimes)]),
        )
        .refuses(READS)
        .refuses(&[Code::InvalidQuery, Code::EventNotFound]);

/// The routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::get("/v1/events", READ, handler!(list_events), &LIST_EVENTS),
    Route::get("/v1/events/export", READ, handler!(export_events), &EXPORT_EVENTS),
    Route::get("/v1/events/stream", READ, Handler::Now(follow_events), &FOLLOW_EVENTS).when(When::Streaming),
    Route::get("/v1/events/{seq}", READ, handler!(find_event), &FIND_EVENT),
    Route::get("/v1/events/{seq}/payload", READ, handler!(find_payload), &FIND_PAYLOAD),
];
