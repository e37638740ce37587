//! Tenants.

use crate::web::code::Code;
use crate::web::openapi::operation::{Answer, Carried, Content, Group, Operation, Presence, RequestBody};
use crate::web::openapi::parameters::{
    AFTER_KEY, BODY, IDEMPOTENCY_KEY, KEY, LIST_LIMIT, NAMED_TENANT, QUERY,
};
use crate::web::openapi::schemas::{read, written};
use crate::web::wire::tenant::{NewTenantJson, TenantChangeJson, TenantJson, TenantsJson};

const TENANT: &[Content] = &[Content::json(written::<TenantJson<'static>>)];
const THERE: &[(&str, Carried)] = &[("Location", Carried::Always)];

/// A body of JSON that is not what is expected.
const JSON: &[Code] = &[Code::InvalidJson, Code::JsonTooDeep, Code::InvalidBody];

/// A change that cannot be written.
const CHANGING: &[Code] = &[Code::Unavailable];

pub(super) static LIST: Operation = Operation {
    id: "listTenants",
    group: Group::Tenants,
    summary: "Lists tenants by slug",
    detail: "Deleted ones too, because their events stay in the ledger.",
    parameters: &[AFTER_KEY, LIST_LIMIT],
    body: None,
    answers: &[Answer::new(200, "A portion of them.", &[Content::json(written::<TenantsJson<'static>>)])],
    codes: &[QUERY],
};

pub(super) static CREATE: Operation = Operation {
    id: "createTenant",
    group: Group::Tenants,
    summary: "Creates a tenant",
    detail: "The key of a request is remembered for good.",
    parameters: &[IDEMPOTENCY_KEY],
    body: Some(RequestBody {
        presence: Presence::Required,
        contents: &[Content::json(read::<NewTenantJson>)],
    }),
    answers: &[
        Answer::new(201, "It is there.", TENANT).with(THERE),
        Answer::new(204, "The same request came before.", &[]).with(THERE),
    ],
    codes: &[
        KEY,
        BODY,
        JSON,
        CHANGING,
        &[
            Code::InvalidSlug,
            Code::InvalidAttribute,
            Code::Exists,
            Code::IdempotencyKeyReused,
            Code::TooMany,
            Code::Unacceptable,
        ],
    ],
};

pub(super) static FIND: Operation = Operation {
    id: "showTenant",
    group: Group::Tenants,
    summary: "Shows a tenant",
    detail: "",
    parameters: &[NAMED_TENANT],
    body: None,
    answers: &[Answer::new(200, "The tenant.", TENANT)],
    codes: &[&[Code::NotFound]],
};

pub(super) static CHANGE: Operation = Operation {
    id: "changeTenant",
    group: Group::Tenants,
    summary: "Changes a tenant",
    detail: "What is left out or null stays.",
    parameters: &[NAMED_TENANT],
    body: Some(RequestBody {
        presence: Presence::Required,
        contents: &[Content::json(read::<TenantChangeJson>)],
    }),
    answers: &[Answer::new(200, "The tenant as it is now.", TENANT)],
    codes: &[BODY, JSON, CHANGING, &[Code::InvalidAttribute, Code::NotFound, Code::Unacceptable]],
};

pub(super) static DELETE: Operation = Operation {
    id: "deleteTenant",
    group: Group::Tenants,
    summary: "Deletes a tenant for good",
    detail: "Its tokens and sources stop working and its slug is not given again; its events stay in the ledger.",
    parameters: &[NAMED_TENANT],
    body: None,
    answers: &[Answer::new(204, "It is deleted.", &[])],
    codes: &[CHANGING, &[Code::NotFound, Code::Unacceptable]],
};
