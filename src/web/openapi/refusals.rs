//! Which problems a route answers: those that the table implies, and those of its operation.

use crate::domain::scope::Scope;
use crate::web::code::Code;
use crate::web::endpoint::{Route, When, Who};
use crate::web::gate::Judged;
use crate::web::openapi::operation::Operation;
use std::collections::{BTreeMap, BTreeSet};

/// Whoever speaks HTTP badly is refused before there is a route, but the answer is to a request to one.
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

/// Returns a route's problems by status.
pub(super) fn of(route: &Route, operation: &Operation) -> BTreeMap<u16, Vec<Code>> {
    let mut codes: BTreeSet<Code> = operation.codes.iter().copied().flatten().copied().collect();
    codes.extend(ANY);
    codes.extend(by_limits(route.endpoint.judged()));
    codes.extend(by_stage(route.when));
    codes.extend(by_caller(route.who));
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
        Who::Anyone | Who::Operator(_) => Vec::new(),
        Who::Token(scope) => of_scope(scope),
        Who::Signature => SIGNATURE.to_vec(),
        Who::SignatureOrToken(scope) => [of_scope(scope), SIGNATURE.to_vec()].concat(),
        Who::Operations(_) => [TOKEN, &[Code::TenantUnknown]].concat(),
    }
}
