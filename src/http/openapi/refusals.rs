//! Which problems a route answers: those that follow from its row in the table, and those of its operation.

use crate::domain::scope::Scope;
use crate::http::call::MANAGEMENT;
use crate::http::code::Code;
use crate::http::gate::Judged;
use crate::http::operation::{Operation, Place};
use crate::http::route::{Repeats, Route, When, Who};
use http::Method;
use std::collections::{BTreeMap, BTreeSet};

/// A request that is no HTTP is refused before there is a route, but the answer is to a request to one.
const ANY: &[Code] = &[Code::InvalidRequest, Code::InvalidHost, Code::UriTooLong, Code::HeadersTooLarge];

/// Problems of a token.
const TOKEN: &[Code] = &[
    Code::TokenMissing,
    Code::TokenUnknown,
    Code::TokenExpired,
    Code::TokenRevoked,
    Code::ScopeMissing,
    Code::ConflictingCredentials,
    Code::RepeatedHeader,
];

/// Problems of the tenant that a token works on.
const TENANT: &[Code] =
    &[Code::TenantMismatch, Code::TenantSuspended, Code::TenantUnknown, Code::InvalidHeader];

/// Problems of a signature and the headers beside it.
const SIGNATURE: &[Code] = &[Code::SignatureMissing, Code::SignatureWrong, Code::InvalidHeader];

/// Problems of an idempotency key.
const KEY: &[Code] = &[Code::InvalidIdempotencyKey, Code::RepeatedHeader];

/// Problems of a key that is remembered.
const REMEMBERED: &[Code] = &[Code::IdempotencyKeyReused, Code::RequestInProgress];

/// Problems of a body that is read.
const BODY: &[Code] = &[Code::BodyIncomplete, Code::BodyTimeout, Code::BodyTooLarge, Code::TooBusy];

/// Problems of a body that is read as JSON.
const JSON: &[Code] = &[Code::InvalidJson, Code::JsonTooDeep, Code::InvalidBody];

/// Returns a route's problems by status.
pub(super) fn of(route: &Route, operation: &Operation) -> BTreeMap<u16, Vec<Code>> {
    let mut codes: BTreeSet<Code> = operation.codes.iter().copied().flatten().copied().collect();
    codes.extend(ANY);
    codes.extend(by_limits(route.judged));
    codes.extend(by_stage(route.when));
    codes.extend(by_caller(route.who));
    codes.extend(by_request(route, operation));
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        by_status.entry(code.status().as_u16()).or_default().push(code);
    }
    by_status
}

fn by_limits(judged: Judged) -> &'static [Code] {
    match judged {
        Judged::Never => &[],
        Judged::ByBlocks => &[Code::AddressBlocked],
        Judged::Fully => &[Code::AddressBlocked, Code::RateLimited],
    }
}

fn by_stage(when: When) -> &'static [Code] {
    match when {
        When::Always => &[],
        When::Started => &[Code::Starting],
        When::Serving => &[Code::Starting, Code::Draining, Code::TooBusy, Code::AnswerTimeout],
        When::Streaming => &[Code::Starting, Code::Draining],
    }
}

fn by_caller(who: Who) -> Vec<Code> {
    let of_scope = |scope: Scope| {
        let reserved = (scope == Scope::EventsWrite).then_some(Code::TenantReserved);
        [TOKEN, TENANT].concat().into_iter().chain(reserved).collect::<Vec<_>>()
    };
    match who {
        // Pages are not of the document.
        Who::Anyone | Who::InTheClear | Who::Operator(_) => Vec::new(),
        Who::Token(scope) => of_scope(scope),
        Who::Signature => SIGNATURE.to_vec(),
        Who::SignatureOrToken(scope) => [of_scope(scope), SIGNATURE.to_vec()].concat(),
        Who::Operations(_) => [TOKEN, &[Code::TenantUnknown]].concat(),
    }
}

fn by_request(route: &Route, operation: &Operation) -> Vec<Code> {
    let has = |place: Place| operation.parameters.iter().any(|parameter| parameter.place == place);
    let is_managed = route.pattern.starts_with(MANAGEMENT);
    let remembered = route.repeats == Repeats::Remembered;
    // Probes pass over parameters that they do not know.
    let reads_query = route.who != Who::Anyone && (has(Place::Query) || has(Place::RequiredQuery));
    let takes_key =
        remembered || operation.parameters.iter().any(|parameter| parameter.name == "Idempotency-Key");
    let groups: [(bool, &[Code]); 7] = [
        (reads_query, &[Code::InvalidQuery]),
        (takes_key, KEY),
        (remembered, REMEMBERED),
        (operation.body.is_some(), BODY),
        (operation.body.is_some_and(|body| body.is_json()), JSON),
        (is_managed && route.method != Method::GET, &[Code::Unavailable]),
        (is_managed && route.pattern.contains('{'), &[Code::NotFound]),
    ];
    groups.iter().filter(|(applies, _)| *applies).flat_map(|(_, codes)| codes.iter().copied()).collect()
}
