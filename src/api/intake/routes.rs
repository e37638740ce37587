//! The routes of intake, with their descriptions.

use crate::api::intake::cloudevent::CloudEventBody;
use crate::api::intake::events::post_events;
use crate::api::intake::receipt::{BatchJson, MemberJson, ReceiptJson};
use crate::api::intake::webhook::{post_terminal, post_webhook};
use crate::api::parameters::{
    ATOMIC, DELIVERY_SUBJECT, DELIVERY_TYPE, NEW_SOURCE, NEW_SUBJECT, NEW_TYPE, PREFER, SOURCE_IN_PATH,
    TENANT_IN_PATH, TRACEPARENT,
};
use crate::api::tags;
use crate::domain::scope::Scope;
use crate::http::code::Code;
use crate::http::openapi::IDEMPOTENCY_KEY;
use crate::http::operation::{Answer, Carried, Content, Operation};
use crate::http::route::{Route, WRITE, Who, handler};
use crate::http::schemas::{anything, read, text, written};

const STORING: &[Code] = &[
    Code::AttributesTooLarge,
    Code::IdempotencyKeyReused,
    Code::QueueFull,
    Code::ReadsBusy,
    Code::StoreStopped,
    Code::DiskReserve,
];

const PAYLOAD: &[Code] =
    &[Code::InvalidContentType, Code::UnsupportedEncoding, Code::InvalidJson, Code::JsonTooDeep];

const CHALLENGE: Answer = Answer::of(
    200,
    "Slack's question whether anybody is there, answered with its own text.",
    &[Content::of("text/plain", text)],
);

const STORED: Answer =
    Answer::json::<ReceiptJson<'static>>(201, "Stored; or a repeat with `Prefer: return=representation`.")
        .with(&[
            ("Location", Carried::Always),
            ("Idempotency-Key", Carried::Sometimes),
            ("Idempotency-Replayed", Carried::Sometimes),
            ("Idempotency-Mismatch", Carried::Sometimes),
        ]);

const REPEATED: Answer = Answer::empty(204, "A repeat; nothing is stored.").with(&[
    ("Location", Carried::Always),
    ("Idempotency-Replayed", Carried::Always),
    ("Idempotency-Key", Carried::Sometimes),
    ("Idempotency-Mismatch", Carried::Sometimes),
]);

static POST_EVENTS: Operation = Operation::new(&tags::INTAKE, "postEvents", "Takes events in")
    .detail("By its media type the body is one payload (any type; `source`, `type` and `subject` describe it), a \
             CloudEvent (in JSON, or with `ce-*` headers), a batch of CloudEvents, or lines. Events of a batch and lines \
             succeed and fail one by one.")
    .parameters(&[IDEMPOTENCY_KEY, PREFER, TRACEPARENT, NEW_SOURCE, NEW_TYPE, NEW_SUBJECT, ATOMIC])
    .bodies(&[
            Content::json(anything),
            Content::of("application/cloudevents+json", read::<CloudEventBody>),
            Content::of("application/cloudevents-batch+json", read::<Vec<CloudEventBody>>),
            Content::many("application/x-ndjson", text, anything),
            Content::of("*/*", anything),
        ])
    .answer(Answer::of(200, "A batch: a receipt for each event, in their order. Lines: a line of answer for every line, as it becomes durable.", &[ Content::json(written::<BatchJson<'static>>), Content::many("application/x-ndjson", text, written::<MemberJson<'static>>), ]))
    .answer(STORED)
    .answer(REPEATED)
    .refuses(PAYLOAD)
    .refuses(STORING)
    .refuses(&[Code::InvalidCloudevent, Code::UnsupportedFormat, Code::BatchTooLarge, Code::BatchTooLong, Code::BatchRefused]);

/// Describes an operation that takes deliveries in.
const fn delivery(id: &'static str, summary: &'static str) -> Operation {
    Operation::new(&tags::INTAKE, id, summary)
        .bodies(const { &[Content::of("*/*", anything)] })
        .answer(CHALLENGE)
        .answer(STORED)
        .answer(REPEATED)
        .refuses(&[
            Code::InvalidContentType,
            Code::UnsupportedEncoding,
            Code::SourceUnknown,
            Code::SourceUnusable,
            Code::TenantSuspended,
            Code::TenantReserved,
        ])
        .refuses(STORING)
}

static POST_WEBHOOK: Operation = delivery("postWebhook", "Takes a provider's signed delivery in")
    .detail("The body becomes the payload byte for byte. The source's scheme says which headers sign it.")
    .parameters(&[
        TENANT_IN_PATH,
        SOURCE_IN_PATH,
        IDEMPOTENCY_KEY,
        PREFER,
        TRACEPARENT,
        DELIVERY_TYPE,
        DELIVERY_SUBJECT,
    ]);

static POST_TERMINAL: Operation = delivery("postTerminal", "Takes a point of sale's delivery in")
    .detail(
        "As a signed delivery; the tenant stands in `X-Tenant-Id` (`default` without). A token with \
             `events:write` may stand in for the signature.",
    )
    .parameters(&[SOURCE_IN_PATH, IDEMPOTENCY_KEY, PREFER, TRACEPARENT, DELIVERY_TYPE, DELIVERY_SUBJECT]);

pub(crate) static ROUTES: &[Route] = &[
    Route::intake("/v1/events", WRITE, handler!(post_events), &POST_EVENTS),
    Route::intake("/in/{tenant}/{source}", Who::Signature, handler!(post_webhook), &POST_WEBHOOK),
    Route::intake(
        "/pos/{source}/ingest",
        Who::SignatureOrToken(Scope::EventsWrite),
        handler!(post_terminal),
        &POST_TERMINAL,
    ),
];
