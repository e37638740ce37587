//! The whole document (OpenAPI Specification 3.1.1).

use crate::http::code::{Code, codes_markdown};
use crate::http::openapi::derived;
use crate::http::openapi::refusals;
use crate::http::operation::{Answer, Carried, Content, Operation, Parameter, Place, Presence, Tag};
use crate::http::problem::{PROBLEM_TYPE, ProblemBody};
use crate::http::route::{Route, Routes, Who};
use crate::http::schemas::{Schemas, written};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// What holds for every route.
const DESCRIPTION: &str = "\
A token `mst_…` is sent as `Authorization: Bearer` or `X-API-Key`. It belongs to one tenant; tokens of tenant `system` \
name theirs by `X-Tenant-Id` (`default` without). `HEAD` is answered like `GET`. Every answer carries `X-Request-Id`.

Every refusal is a problem (RFC 9457) with a stable `code`. Any route may answer 500 `internal_error` when the appliance \
has made a mistake, 405 `method_not_allowed` to a method that is not listed, and 404 `not_found` or 400 `invalid_path` \
to a path that is none of these.

";

/// Headers of answers: name, schema's type, meaning.
const HEADERS: &[(&str, &str, &str)] = &[
    (
        "X-Request-Id",
        "string",
        "Names the request in the appliance's log: the one sent, if it is well formed.",
    ),
    ("Location", "string", "Where the thing is."),
    ("Idempotency-Key", "string", "The key under which a repeat is known, sent or made."),
    ("Idempotency-Replayed", "string", "`true`: the request is a repeat."),
    ("Idempotency-Mismatch", "string", "`true`: the repeat had another payload, which was not stored."),
    ("Retry-After", "integer", "Seconds to wait."),
    ("WWW-Authenticate", "string", "Which credential is missing or does not do."),
    ("RateLimit", "string", "What is left of the limit, where the request counted (IETF draft)."),
    ("RateLimit-Policy", "string", "The limit, where the request counted."),
    ("Content-Disposition", "string", "Offers a payload that a browser might run as a download."),
    ("ETag", "string", "Names this version of the answer."),
    ("Cache-Control", "string", "How long it may be kept."),
];

/// Returns the document of the routes.
pub(crate) fn document(routes: &Routes) -> Value {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    let mut ids: HashMap<&str, usize> = HashMap::new();
    for (route, operation) in described(routes) {
        let count = ids.entry(operation.id).and_modify(|count| *count += 1).or_insert(1);
        let id = if *count == 1 { operation.id.to_owned() } else { format!("{}{count}", operation.id) };
        let described = describe(route, operation, &id, &mut schemas);
        let path = paths.entry(route.pattern).or_insert(Value::Null);
        path[route.method.as_str().to_ascii_lowercase()] = described;
    }
    let tag = |tag: &Tag| json!({ "name": tag.name, "description": tag.description });
    let tags: Vec<_> = tags(routes).into_iter().map(tag).collect();
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Mainstay",
            "version": env!("CARGO_PKG_VERSION"),
            "description": format!("{DESCRIPTION}{}", codes_markdown()),
        },
        "servers": [{ "url": "/" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas.named(),
            "headers": headers(),
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "description": "A token `mst_…`." },
                "apiKey": { "type": "apiKey", "in": "header", "name": "X-API-Key",
                            "description": "The same for clients that cannot send `Authorization`." },
            },
        },
    })
}

fn headers() -> Map<String, Value> {
    let header = |(name, kind, meaning): &(&str, &str, &str)| {
        ((*name).to_owned(), json!({ "description": meaning, "schema": { "type": kind } }))
    };
    HEADERS.iter().map(header).collect()
}

/// Returns the routes that are documented.
pub(super) fn described(
    routes: &Routes,
) -> impl Iterator<Item = (&'static Route, &'static Operation)> + use<> {
    routes.iter().filter_map(|route| Some((route, route.operation?)))
}

/// Returns the document's chapters, in the order of the tables.
pub(super) fn tags(routes: &Routes) -> Vec<&'static Tag> {
    let mut tags = Vec::new();
    for (_, operation) in described(routes) {
        if !tags.contains(&operation.tag) {
            tags.push(operation.tag);
        }
    }
    tags
}

fn describe(route: &Route, operation: &Operation, id: &str, schemas: &mut Schemas) -> Value {
    let mut described = json!({
        "operationId": id,
        "tags": [operation.tag.name],
        "summary": operation.summary,
        "parameters": derived::parameters(route, operation).into_iter().map(parameter).collect::<Vec<_>>(),
        "responses": responses(route, operation, schemas),
        "security": security(route.who),
    });
    if !operation.detail.is_empty() {
        merge(&mut described, json!({ "description": operation.detail }));
    }
    if let Some(body) = &operation.body {
        let required = body.presence == Presence::Required;
        let content = contents(body.contents, schemas);
        merge(&mut described, json!({ "requestBody": { "required": required, "content": content } }));
    }
    described
}

fn parameter(parameter: Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": parameter.place.as_str(),
        "required": matches!(parameter.place, Place::Path | Place::RequiredQuery),
        "description": parameter.words(),
        "schema": (parameter.schema)(),
    })
}

fn security(who: Who) -> Value {
    match who {
        Who::Anyone | Who::InTheClear | Who::Signature | Who::Operator(_) => json!([]),
        Who::Token(scope) => json!([{ "bearer": [scope.as_str()] }, { "apiKey": [scope.as_str()] }]),
        Who::SignatureOrToken(scope) | Who::Operations(scope) => {
            json!([{}, { "bearer": [scope.as_str()] }, { "apiKey": [scope.as_str()] }])
        }
    }
}

fn responses(route: &Route, operation: &Operation, schemas: &mut Schemas) -> Map<String, Value> {
    let mut responses = Map::new();
    for answer in derived::answers(route, operation) {
        responses.insert(answer.status.to_string(), success(route, &answer, schemas));
    }
    for (status, codes) in refusals::of(route, operation) {
        let answer = responses.entry(status.to_string()).or_insert_with(|| json!({}));
        merge(answer, refusal(status, &codes, schemas));
    }
    responses
}

/// Adds members to an object: what both say of one is joined.
fn merge(object: &mut Value, members: Value) {
    let (Value::Object(into), Value::Object(from)) = (object, members) else { return };
    for (part, more) in from {
        match (into.get_mut(&part), more) {
            (Some(Value::String(words)), Value::String(more)) => {
                words.push_str(" Or: ");
                words.push_str(&more);
            }
            (Some(Value::Object(known)), Value::Object(mut more)) => known.append(&mut more),
            (_, more) => {
                into.insert(part, more);
            }
        }
    }
}

fn success(route: &Route, answer: &Answer, schemas: &mut Schemas) -> Value {
    let headers = carry(derived::headers(route, answer));
    let mut success = json!({ "description": answer.meaning, "headers": headers });
    if !answer.contents.is_empty() {
        merge(&mut success, json!({ "content": contents(answer.contents, schemas) }));
    }
    success
}

fn refusal(status: u16, codes: &[Code], schemas: &mut Schemas) -> Value {
    let words: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let further: &[(&str, Carried)] = match status {
        401 => &[("WWW-Authenticate", Carried::Always)],
        403 => &[("WWW-Authenticate", Carried::Sometimes)],
        429 => &[("Retry-After", Carried::Always)],
        503 | 507 => &[("Retry-After", Carried::Sometimes)],
        _ => &[],
    };
    let problem = written::<ProblemBody<'static>>(schemas);
    let schema = json!({ "allOf": [problem, { "properties": {
        "status": { "const": status },
        "code": { "enum": words },
    } }] });
    json!({
        "description": codes.iter().map(|code| format!("`{code}`: {}", code.meaning())).collect::<Vec<_>>().join(" "),
        "headers": carry(further.iter().copied()),
        "content": { PROBLEM_TYPE: { "schema": schema } },
    })
}

/// Describes the headers of an answer, and with them those of every answer.
fn carry<'a>(carried: impl Iterator<Item = (&'a str, Carried)>) -> Map<String, Value> {
    let of_all = [
        ("X-Request-Id", Carried::Always),
        ("RateLimit", Carried::Sometimes),
        ("RateLimit-Policy", Carried::Sometimes),
    ];
    let header = |(name, carried): (&str, Carried)| {
        let reference = format!("#/components/headers/{name}");
        let header = match carried {
            Carried::Always => json!({ "required": true, "schema": { "type": "string" } }),
            Carried::Sometimes => json!({ "$ref": reference }),
        };
        (name.to_owned(), header)
    };
    carried.chain(of_all).map(header).collect()
}

fn contents(contents: &[Content], schemas: &mut Schemas) -> Map<String, Value> {
    let described = contents.iter().map(|content| {
        let schema = (content.schema)(schemas);
        let mut described = json!({ "schema": schema });
        if let Some(item) = content.item {
            merge(&mut described, json!({ "x-item-schema": item(schemas) }));
        }
        (content.media.to_owned(), described)
    });
    described.collect()
}
