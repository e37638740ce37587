//! Tokens.

use crate::web::code::Code;
use crate::web::openapi::operation::{Answer, Carried, Content, Group, Operation, Presence, RequestBody};
use crate::web::openapi::parameters::{
    AFTER_KEY, BODY, IDEMPOTENCY_KEY, KEY, LIST_LIMIT, OF_TENANT, QUERY, TOKEN,
};
use crate::web::openapi::schemas::{read, written};
use crate::web::wire::token::{NewTokenJson, TokenJson, TokenRotationJson, TokensJson};

const TOKEN_BODY: &[Content] = &[Content::json(written::<TokenJson<'static>>)];
const THERE: &[(&str, Carried)] = &[("Location", Carried::Always)];
const REPEATED: Answer =
    Answer::new(204, "The same request came before; the text is not shown again.", &[]).with(THERE);

/// A body of JSON that is not what is expected.
const JSON: &[Code] = &[Code::InvalidJson, Code::JsonTooDeep, Code::InvalidBody];

/// A change that cannot be written.
const CHANGING: &[Code] = &[Code::Unavailable];

pub(super) static LIST: Operation = Operation {
    id: "listTokens",
    group: Group::Tenants,
    summary: "Lists tokens, the newest first",
    detail: "Expired and revoked ones too.",
    parameters: &[OF_TENANT, AFTER_KEY, LIST_LIMIT],
    body: None,
    answers: &[Answer::new(200, "A portion of them.", &[Content::json(written::<TokensJson<'static>>)])],
    codes: &[QUERY, &[Code::NotFound]],
};

pub(super) static CREATE: Operation = Operation {
    id: "createToken",
    group: Group::Tenants,
    summary: "Creates a token",
    detail: "Its text is in this answer alone: only a digest of it is kept. The key of a request is remembered for good.",
    parameters: &[IDEMPOTENCY_KEY],
    body: Some(RequestBody {
        presence: Presence::Required,
        contents: &[Content::json(read::<NewTokenJson>)],
    }),
    answers: &[Answer::new(201, "It works from now on.", TOKEN_BODY).with(THERE), REPEATED],
    codes: &[
        KEY,
        BODY,
        JSON,
        CHANGING,
        &[
            Code::InvalidAttribute,
            Code::NotFound,
            Code::IdempotencyKeyReused,
            Code::TooMany,
            Code::Unacceptable,
        ],
    ],
};

pub(super) static FIND: Operation = Operation {
    id: "showToken",
    group: Group::Tenants,
    summary: "Shows a token",
    detail: "",
    parameters: &[TOKEN],
    body: None,
    answers: &[Answer::new(200, "The token, without its text.", TOKEN_BODY)],
    codes: &[&[Code::NotFound]],
};

pub(super) static ROTATE: Operation = Operation {
    id: "rotateToken",
    group: Group::Tenants,
    summary: "Gives a token a new secret",
    detail: "The present one works on for the overlap. The key of a request is remembered as long as the secret it made.",
    parameters: &[TOKEN, IDEMPOTENCY_KEY],
    body: Some(RequestBody {
        presence: Presence::Optional,
        contents: &[Content::json(read::<TokenRotationJson>)],
    }),
    answers: &[Answer::new(200, "The token with its new text.", TOKEN_BODY).with(THERE), REPEATED],
    codes: &[KEY, BODY, JSON, CHANGING, &[Code::NotFound, Code::Unacceptable]],
};

pub(super) static REVOKE: Operation = Operation {
    id: "revokeToken",
    group: Group::Tenants,
    summary: "Revokes a token at once",
    detail: "Revoking again changes nothing.",
    parameters: &[TOKEN],
    body: None,
    answers: &[Answer::new(200, "The token, which works no more.", TOKEN_BODY)],
    codes: &[CHANGING, &[Code::NotFound]],
};
