//! The document as a page: the same words, in the order of the route table.

use crate::http::assets;
use crate::http::code::Code;
use crate::http::openapi::derived::{self, FullAnswer};
use crate::http::openapi::document::{described, tags};
use crate::http::openapi::refusals;
use crate::http::openapi::shape::{Member, Shape, members_of};
use crate::http::operation::{Carried, Contents, Operation, Presence};
use crate::http::route::{Route, Routes, When, Who};
use crate::http::schemas::Schemas;
use askama::Template;
use serde_json::Value;

/// Cuts a text at its backticks: every other piece is code.
fn pieces(text: &str) -> Vec<&str> {
    text.split('`').collect()
}

/// The page.
#[derive(Template)]
#[template(path = "docs/page.html")]
struct Page {
    colors: String,
    stylesheet: String,
    version: &'static str,
    groups: Vec<GroupView>,
    schemas: Vec<SchemaView>,
    codes: &'static [Code],
}

struct GroupView {
    name: &'static str,
    words: &'static str,
    operations: Vec<OperationView>,
}

struct OperationView {
    anchor: String,
    method: String,
    path: &'static str,
    summary: &'static str,
    detail: &'static str,
    who: String,
    when: &'static str,
    parameters: Vec<ParameterView>,
    body: Vec<ContentView>,
    body_needed: bool,
    answers: Vec<AnswerView>,
    refusals: Vec<(u16, Vec<Code>)>,
}

struct ParameterView {
    name: &'static str,
    place: &'static str,
    shape: Shape,
    meaning: String,
}

struct ContentView {
    media: &'static str,
    shape: Shape,
    item: Option<Shape>,
}

struct AnswerView {
    status: u16,
    meaning: &'static str,
    contents: Vec<ContentView>,
    headers: Vec<String>,
}

struct SchemaView {
    name: String,
    description: String,
    members: Vec<Member>,
}

/// Returns the page of the routes; `document` holds their schemas.
pub(crate) fn page(routes: &Routes, document: &Value) -> String {
    let groups = tags(routes).into_iter().map(|tag| {
        let operations = described(routes).filter(|(_, operation)| operation.tag == tag);
        let operations = operations.map(|(route, operation)| operation_view(route, operation));
        GroupView { name: tag.name, words: tag.description, operations: operations.collect() }
    });
    let named = document.pointer("/components/schemas").and_then(Value::as_object);
    let schemas = named.into_iter().flatten().map(|(name, schema)| SchemaView {
        name: name.clone(),
        description: schema["description"].as_str().unwrap_or_default().to_owned(),
        members: members_of(schema),
    });
    let page = Page {
        colors: assets::address("colors.css"),
        stylesheet: assets::address("docs.css"),
        version: env!("CARGO_PKG_VERSION"),
        groups: groups.collect(),
        schemas: schemas.collect(),
        codes: Code::ALL,
    };
    page.render().expect("writing to a string never fails")
}

fn operation_view(route: &Route, operation: &'static Operation) -> OperationView {
    let method = route.method.as_str().to_owned();
    let words = route.pattern.split(|letter: char| !letter.is_ascii_alphanumeric());
    let place: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let parameters = derived::parameters(route, operation).into_iter().map(|parameter| ParameterView {
        name: parameter.name,
        place: parameter.place.as_str(),
        shape: Shape::of(&parameter.schema),
        meaning: parameter.meaning,
    });
    OperationView {
        anchor: format!("{}-{}", method.to_ascii_lowercase(), place.join("-")),
        method,
        path: route.pattern,
        summary: operation.summary,
        detail: operation.detail,
        who: who(route),
        when: when(route.when),
        parameters: parameters.collect(),
        body: operation.body.iter().flat_map(|body| contents(body.contents)).collect(),
        body_needed: operation.body.as_ref().is_some_and(|body| body.presence == Presence::Required),
        answers: derived::answers(route, operation).iter().map(answer).collect(),
        refusals: refusals::of(route, operation).into_iter().collect(),
    }
}

fn answer(full: &FullAnswer) -> AnswerView {
    let header = |(name, carried): (&str, Carried)| match carried {
        Carried::Always => name.to_owned(),
        Carried::Sometimes => format!("{name} (where it applies)"),
    };
    AnswerView {
        status: full.answer.status,
        meaning: full.answer.meaning,
        contents: contents(full.answer.contents).collect(),
        headers: full.headers().map(header).collect(),
    }
}

fn contents(contents: Contents) -> impl Iterator<Item = ContentView> {
    // What is referred to stands in the document already.
    let mut schemas = Schemas::new();
    contents.list().into_iter().map(move |content| ContentView {
        media: content.media,
        shape: Shape::of(&(content.schema)(&mut schemas)),
        item: content.item.map(|item| Shape::of(&item(&mut schemas))),
    })
}

fn who(route: &Route) -> String {
    match route.who {
        Who::Anyone | Who::InTheClear => "Anyone.".to_owned(),
        Who::Token(scope) => format!("Tokens with the scope `{}`.", scope.as_str()),
        Who::Operator(_) => "Operators who are signed in.".to_owned(),
        Who::Signature => "Whoever signs as the source does.".to_owned(),
        Who::SignatureOrToken(scope) => {
            format!("Whoever signs as the source does, and tokens with the scope `{}`.", scope.as_str())
        }
        Who::Operations(scope) => {
            format!(
                "Clients in the networks of `ops.allow`, and tokens of tenant `system` with the scope `{}`.",
                scope.as_str()
            )
        }
    }
}

fn when(when: When) -> &'static str {
    match when {
        When::Always => "From the first to the last moment.",
        When::Started => "Once started, also while stopping.",
        When::Serving | When::Streaming => "Once started and not while stopping.",
    }
}
