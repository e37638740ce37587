//! Events going out.

use crate::web::code::Code;
use crate::web::openapi::operation::{Answer, Carried, Content, Group, Operation};
use crate::web::openapi::parameters::{
    AFTER, BEFORE, CURSORS, KEY_FILTER, LAST_EVENT_ID, LIMIT, ORDER, QUERY, READS, SEQ, SINCE, SOURCE, TRACE,
    TYPE, UNTIL,
};
use crate::web::openapi::schemas::{anything, text, written};
use crate::web::wire::event::EventJson;
use crate::web::wire::listing::PageJson;

pub(super) static LIST_EVENTS: Operation = Operation {
    id: "listEvents",
    group: Group::Reading,
    summary: "Lists events",
    detail: "A page may be short or empty while there is more: `next` is null at the end only.",
    parameters: &[AFTER, BEFORE, LIMIT, ORDER, TYPE, SOURCE, SINCE, UNTIL, TRACE, KEY_FILTER],
    body: None,
    answers: &[Answer::new(200, "A page.", &[Content::json(written::<PageJson<'static>>)])],
    codes: &[QUERY, CURSORS, READS],
};

pub(super) static EXPORT_EVENTS: Operation = Operation {
    id: "exportEvents",
    group: Group::Reading,
    summary: "Gives all events as lines",
    detail: "Oldest first. An export that is cut off has no proper end.",
    parameters: &[AFTER, TYPE, SOURCE, SINCE, UNTIL, TRACE, KEY_FILTER],
    body: None,
    answers: &[Answer::new(
        200,
        "An event a line.",
        &[Content::many("application/x-ndjson", text, written::<EventJson<'static>>)],
    )],
    codes: &[QUERY, CURSORS, READS],
};

pub(super) static FOLLOW_EVENTS: Operation = Operation {
    id: "followEvents",
    group: Group::Reading,
    summary: "Gives events as they come",
    detail: "Server-sent events: `id` is the cursor behind an event, `data` the event. It never ends by itself; an \
             event of type `problem` says why it was ended.",
    parameters: &[LAST_EVENT_ID, AFTER, TYPE, SOURCE, TRACE],
    body: None,
    answers: &[Answer::new(
        200,
        "Events until somebody ends it.",
        &[Content::many("text/event-stream", text, written::<EventJson<'static>>)],
    )],
    codes: &[
        QUERY,
        CURSORS,
        &[Code::CursorAhead, Code::InvalidHeader, Code::RepeatedHeader, Code::TooManyStreams],
    ],
};

pub(super) static FIND_EVENT: Operation = Operation {
    id: "findEvent",
    group: Group::Reading,
    summary: "Shows an event",
    detail: "",
    parameters: &[SEQ],
    body: None,
    answers: &[Answer::new(200, "The event.", &[Content::json(written::<EventJson<'static>>)])],
    codes: &[QUERY, READS, &[Code::EventNotFound]],
};

pub(super) static FIND_PAYLOAD: Operation = Operation {
    id: "findPayload",
    group: Group::Reading,
    summary: "Gives an event's payload as received",
    detail: "Under the media type it came with. What a browser might run is offered as a download.",
    parameters: &[SEQ],
    body: None,
    answers: &[Answer::new(200, "The bytes.", &[Content::of("*/*", anything)])
        .with(&[("Content-Disposition", Carried::Sometimes)])],
    codes: &[QUERY, READS, &[Code::EventNotFound]],
};
