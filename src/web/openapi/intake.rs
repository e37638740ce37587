//! Events coming in.

use crate::web::code::Code;
use crate::web::openapi::operation::{Answer, Carried, Content, Group, Operation, Presence, RequestBody};
use crate::web::openapi::parameters::{
    ATOMIC, BODY, DELIVERY_SUBJECT, DELIVERY_TYPE, IDEMPOTENCY_KEY, KEY, NEW_SOURCE, NEW_SUBJECT, NEW_TYPE,
    PREFER, QUERY, SOURCE_IN_PATH, TENANT_IN_PATH, TRACEPARENT,
};
use crate::web::openapi::schemas::{anything, read, text, written};
use crate::web::wire::cloudevent::CloudEventBody;
use crate::web::wire::member::{BatchJson, MemberJson};
use crate::web::wire::receipt::ReceiptJson;

/// Problems of storing.
const STORING: &[Code] = &[
    Code::AttributesTooLarge,
    Code::IdempotencyKeyReused,
    Code::QueueFull,
    Code::ReadsBusy,
    Code::StoreStopped,
    Code::DiskReserve,
];

/// Problems of a payload's media type.
const PAYLOAD: &[Code] =
    &[Code::InvalidContentType, Code::UnsupportedEncoding, Code::InvalidJson, Code::JsonTooDeep];

const STORED: Answer = Answer::new(
    201,
    "Stored; or a repeat with `Prefer: return=representation`.",
    &[Content::json(written::<ReceiptJson<'static>>)],
)
.with(&[
    ("Location", Carried::Always),
    ("Idempotency-Key", Carried::Sometimes),
    ("Idempotency-Replayed", Carried::Sometimes),
    ("Idempotency-Mismatch", Carried::Sometimes),
]);

const REPEATED: Answer = Answer::new(204, "A repeat; nothing is stored.", &[]).with(&[
    ("Location", Carried::Always),
    ("Idempotency-Replayed", Carried::Always),
    ("Idempotency-Key", Carried::Sometimes),
    ("Idempotency-Mismatch", Carried::Sometimes),
]);

pub(super) static POST_EVENTS: Operation = Operation {
    id: "postEvents",
    group: Group::Intake,
    summary: "Takes events in",
    detail: "By its media type the body is one payload (any type; `source`, `type` and `subject` describe it), a \
             CloudEvent (in JSON, or with `ce-*` headers), a batch of CloudEvents, or lines. Events of a batch and lines \
             succeed and fail one by one.",
    parameters: &[IDEMPOTENCY_KEY, PREFER, TRACEPARENT, NEW_SOURCE, NEW_TYPE, NEW_SUBJECT, ATOMIC],
    body: Some(RequestBody {
        presence: Presence::Optional,
        contents: &[
            Content::json(anything),
            Content::of("application/cloudevents+json", read::<CloudEventBody>),
            Content::of("application/cloudevents-batch+json", read::<Vec<CloudEventBody>>),
            Content::many("application/x-ndjson", text, anything),
            Content::of("*/*", anything),
        ],
    }),
    answers: &[
        Answer::new(
            200,
            "A batch: a receipt for each event, in their order. Lines: a line of answer for every line, as it becomes \
             durable.",
            &[
                Content::json(written::<BatchJson<'static>>),
                Content::many("application/x-ndjson", text, written::<MemberJson<'static>>),
            ],
        ),
        STORED,
        REPEATED,
    ],
    codes: &[
        QUERY,
        KEY,
        BODY,
        PAYLOAD,
        STORING,
        &[
            Code::InvalidCloudevent,
            Code::UnsupportedFormat,
            Code::BatchTooLarge,
            Code::BatchTooLong,
            Code::BatchRefused,
        ],
    ],
};

const DELIVERY: Option<RequestBody> =
    Some(RequestBody { presence: Presence::Optional, contents: &[Content::of("*/*", anything)] });

const CHALLENGE: Answer = Answer::new(
    200,
    "Slack's question whether anybody is there, answered with its own text.",
    &[Content::of("text/plain", text)],
);

const DELIVERING: &[Code] = &[
    Code::InvalidContentType,
    Code::UnsupportedEncoding,
    Code::SourceUnknown,
    Code::SourceUnusable,
    Code::TenantSuspended,
    Code::TenantReserved,
];

pub(super) static POST_WEBHOOK: Operation = Operation {
    id: "postWebhook",
    group: Group::Intake,
    summary: "Takes a provider's signed delivery in",
    detail: "The body becomes the payload byte for byte. The source's scheme says which headers sign it.",
    parameters: &[
        TENANT_IN_PATH,
        SOURCE_IN_PATH,
        IDEMPOTENCY_KEY,
        PREFER,
        TRACEPARENT,
        DELIVERY_TYPE,
        DELIVERY_SUBJECT,
    ],
    body: DELIVERY,
    answers: &[CHALLENGE, STORED, REPEATED],
    codes: &[QUERY, KEY, BODY, DELIVERING, STORING],
};

pub(super) static POST_TERMINAL: Operation = Operation {
    id: "postTerminal",
    group: Group::Intake,
    summary: "Takes a point of sale's delivery in",
    detail: "As a signed delivery; the tenant stands in `X-Tenant-Id` (`default` without). A token with \
             `events:write` may stand in for the signature.",
    parameters: &[SOURCE_IN_PATH, IDEMPOTENCY_KEY, PREFER, TRACEPARENT, DELIVERY_TYPE, DELIVERY_SUBJECT],
    body: DELIVERY,
    answers: &[CHALLENGE, STORED, REPEATED],
    codes: &[QUERY, KEY, BODY, DELIVERING, STORING],
};
