//! Sources and schemes.

use crate::web::code::Code;
use crate::web::openapi::operation::{Answer, Carried, Content, Group, Operation, Presence, RequestBody};
use crate::web::openapi::parameters::{
    AFTER_KEY, BODY, IDEMPOTENCY_KEY, KEY, LIST_LIMIT, NAMED_SOURCE, NAMED_TENANT, OF_TENANT, QUERY,
};
use crate::web::openapi::schemas::{read, written};
use crate::web::wire::source::{
    NewSourceJson, SchemesJson, SourceChangeJson, SourceJson, SourceRotationJson, SourcesJson,
};

const SOURCE: &[Content] = &[Content::json(written::<SourceJson<'static>>)];
const THERE: &[(&str, Carried)] = &[("Location", Carried::Always)];
const REPEATED: Answer =
    Answer::new(204, "The same request came before; the secret is not shown again.", &[]).with(THERE);

/// A body of JSON that is not what is expected.
const JSON: &[Code] = &[Code::InvalidJson, Code::JsonTooDeep, Code::InvalidBody];

/// A change that cannot be written.
const CHANGING: &[Code] = &[Code::Unavailable];

pub(super) static SCHEMES: Operation = Operation {
    id: "listSchemes",
    group: Group::Tenants,
    summary: "Lists the schemes that sources can sign by",
    detail: "Those that are built in, and those of the configuration file.",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "All of them.", &[Content::json(written::<SchemesJson<'static>>)])],
    codes: &[],
};

pub(super) static LIST: Operation = Operation {
    id: "listSources",
    group: Group::Tenants,
    summary: "Lists sources by tenant and name",
    detail: "",
    parameters: &[OF_TENANT, AFTER_KEY, LIST_LIMIT],
    body: None,
    answers: &[Answer::new(200, "A portion of them.", &[Content::json(written::<SourcesJson<'static>>)])],
    codes: &[QUERY, &[Code::NotFound]],
};

pub(super) static CREATE: Operation = Operation {
    id: "createSource",
    group: Group::Tenants,
    summary: "Creates a source",
    detail: "A secret that is made is in this answer alone. The key of a request is remembered as long as the source is there.",
    parameters: &[IDEMPOTENCY_KEY],
    body: Some(RequestBody {
        presence: Presence::Required,
        contents: &[Content::json(read::<NewSourceJson>)],
    }),
    answers: &[Answer::new(201, "Its deliveries are taken from now on.", SOURCE).with(THERE), REPEATED],
    codes: &[
        KEY,
        BODY,
        JSON,
        CHANGING,
        &[
            Code::InvalidSlug,
            Code::InvalidAttribute,
            Code::NotFound,
            Code::Exists,
            Code::IdempotencyKeyReused,
            Code::TooMany,
            Code::Unacceptable,
        ],
    ],
};

pub(super) static FIND: Operation = Operation {
    id: "showSource",
    group: Group::Tenants,
    summary: "Shows a source",
    detail: "",
    parameters: &[NAMED_TENANT, NAMED_SOURCE],
    body: None,
    answers: &[Answer::new(200, "The source, without its secrets.", SOURCE)],
    codes: &[&[Code::NotFound]],
};

pub(super) static CHANGE: Operation = Operation {
    id: "changeSource",
    group: Group::Tenants,
    summary: "Changes a source",
    detail: "What is left out or null stays.",
    parameters: &[NAMED_TENANT, NAMED_SOURCE],
    body: Some(RequestBody {
        presence: Presence::Required,
        contents: &[Content::json(read::<SourceChangeJson>)],
    }),
    answers: &[Answer::new(200, "The source as it is now.", SOURCE)],
    codes: &[BODY, JSON, CHANGING, &[Code::InvalidAttribute, Code::NotFound, Code::Unacceptable]],
};

pub(super) static ROTATE: Operation = Operation {
    id: "rotateSource",
    group: Group::Tenants,
    summary: "Gives a source a new secret",
    detail: "The present one works on for the overlap. The key of a request is remembered as long as the secret it made.",
    parameters: &[NAMED_TENANT, NAMED_SOURCE, IDEMPOTENCY_KEY],
    body: Some(RequestBody {
        presence: Presence::Optional,
        contents: &[Content::json(read::<SourceRotationJson>)],
    }),
    answers: &[
        Answer::new(200, "The source; with the secret, where it was made.", SOURCE).with(THERE),
        REPEATED,
    ],
    codes: &[KEY, BODY, JSON, CHANGING, &[Code::NotFound, Code::Unacceptable]],
};

pub(super) static DELETE: Operation = Operation {
    id: "deleteSource",
    group: Group::Tenants,
    summary: "Deletes a source",
    detail: "Its deliveries are refused, its events stay in the ledger and its name may be given again.",
    parameters: &[NAMED_TENANT, NAMED_SOURCE],
    body: None,
    answers: &[Answer::new(204, "It is deleted.", &[])],
    codes: &[CHANGING, &[Code::NotFound]],
};
