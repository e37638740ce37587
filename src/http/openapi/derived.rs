//! What the document says of an operation without being told: what follows from its route's pattern, method and caller.

use crate::domain::idempotency::KEY_LEN_MAX;
use crate::domain::names::SLUG_PATTERN;
use crate::http::operation::{Answer, Carried, Operation, Parameter, Place};
use crate::http::route::{Repeats, Route, Who};
use serde_json::{Value, json};

/// The idempotency key of a request.
pub(crate) const IDEMPOTENCY_KEY: Parameter = Parameter {
    name: "Idempotency-Key",
    place: Place::Header,
    schema: key,
    meaning: "The key under which a repeat of the request is known: a repeat is answered 204.",
};

/// The tenant that a token works on.
const X_TENANT_ID: Parameter = Parameter {
    name: "X-Tenant-Id",
    place: Place::Header,
    schema: slug,
    meaning: "The tenant. A token of tenant `system` works on any, `default` without; another token on its own alone.",
};

fn key() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": KEY_LEN_MAX, "pattern": "^[!#-~]([ !#-~]*[!#-~])?$" })
}

fn slug() -> Value {
    json!({ "type": "string", "pattern": SLUG_PATTERN })
}

/// Names in paths are taken as they are: what is none is not found.
fn name() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

impl Parameter {
    /// Returns what it means: of a path's parameter that nobody describes, its name.
    pub(super) fn words(&self) -> String {
        if self.meaning.is_empty() { format!("The {}.", self.name) } else { self.meaning.to_owned() }
    }
}

/// Returns the headers that an answer carries besides those of every answer.
pub(super) fn headers(route: &Route, answer: &Answer) -> impl Iterator<Item = (&'static str, Carried)> {
    let location = (route.repeats == Repeats::Remembered).then_some(("Location", Carried::Always));
    answer.headers.iter().copied().chain(location)
}

/// Returns an operation's parameters: those of its path, its own, and those that a key and a token bring.
pub(super) fn parameters(route: &Route, operation: &Operation) -> Vec<Parameter> {
    let is_of_path = |parameter: &&Parameter| parameter.place == Place::Path;
    let names = route.pattern.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let of_path = names.map(|known| {
        let own = operation.parameters.iter().filter(is_of_path).find(|parameter| parameter.name == known);
        let named = Parameter { name: known, place: Place::Path, schema: name, meaning: "" };
        own.copied().unwrap_or(named)
    });
    let own = operation.parameters.iter().filter(|parameter| !is_of_path(parameter)).copied();
    let key = (route.repeats == Repeats::Remembered).then_some(IDEMPOTENCY_KEY);
    let names_tenant = matches!(route.who, Who::Token(_) | Who::SignatureOrToken(_));
    let tenant = names_tenant.then_some(X_TENANT_ID);
    of_path.chain(own).chain(key).chain(tenant).collect()
}

/// Returns an operation's answers: its own, and that of a repeat where keys are remembered.
pub(super) fn answers(route: &Route, operation: &Operation) -> Vec<Answer> {
    const REPEATED: Answer = Answer::empty(204, "The same request came before; nothing has changed.");
    let repeated = (route.repeats == Repeats::Remembered).then_some(REPEATED);
    operation.answers.iter().copied().flatten().chain(repeated).collect()
}
