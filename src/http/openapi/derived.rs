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

/// A parameter as the document and its page show it.
pub(super) struct FullParameter {
    pub(super) name: &'static str,
    pub(super) place: Place,
    pub(super) schema: Value,
    pub(super) meaning: String,
}

impl From<&Parameter> for FullParameter {
    fn from(parameter: &Parameter) -> Self {
        let Parameter { name, place, schema, meaning } = *parameter;
        Self { name, place, schema: schema(), meaning: meaning.to_owned() }
    }
}

/// An answer with what is derived.
pub(super) struct FullAnswer {
    pub(super) answer: Answer,
    /// Whether it says where the thing is.
    located: bool,
}

impl FullAnswer {
    /// Returns the headers it carries besides those of every answer.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&'static str, Carried)> {
        let location = self.located.then_some(("Location", Carried::Always));
        self.answer.headers.iter().copied().chain(location)
    }
}

/// Returns the names of a pattern's parameters.
fn names_in(pattern: &'static str) -> impl Iterator<Item = &'static str> {
    pattern.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// Returns an operation's parameters: those of its path, its own, and those that a key and a token bring.
pub(super) fn parameters(route: &Route, operation: &Operation) -> Vec<FullParameter> {
    let is_of_path = |parameter: &&Parameter| parameter.place == Place::Path;
    let of_path = names_in(route.pattern).map(|known| {
        let own = operation.parameters.iter().filter(is_of_path).find(|parameter| parameter.name == known);
        own.map_or_else(
            || FullParameter {
                name: known,
                place: Place::Path,
                schema: name(),
                meaning: format!("The {known}."),
            },
            FullParameter::from,
        )
    });
    let own = operation.parameters.iter().filter(|parameter| !is_of_path(parameter)).map(FullParameter::from);
    let key = (route.repeats == Repeats::Remembered).then(|| FullParameter::from(&IDEMPOTENCY_KEY));
    let names_tenant = matches!(route.who, Who::Token(_) | Who::SignatureOrToken(_));
    let tenant = names_tenant.then(|| FullParameter::from(&X_TENANT_ID));
    of_path.chain(own).chain(key).chain(tenant).collect()
}

/// Returns an operation's answers: its own, and that of a repeat where keys are remembered.
pub(super) fn answers(route: &Route, operation: &Operation) -> Vec<FullAnswer> {
    const REPEATED: Answer = Answer::empty(204, "The same request came before; nothing has changed.");
    let located = route.repeats == Repeats::Remembered;
    let repeated = located.then_some(&REPEATED);
    operation.all_answers().chain(repeated).map(|answer| FullAnswer { answer: *answer, located }).collect()
}
