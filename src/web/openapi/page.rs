//! The document as a page: the same words, in the order of the route table.

use crate::web::assets;
use crate::web::code::Code;
use crate::web::endpoint::{Route, When, Who};
use crate::web::openapi::document::parameters_of;
use crate::web::openapi::listed;
use crate::web::openapi::operation::{Answer, Carried, Content, Group, Operation, Presence};
use crate::web::openapi::refusals;
use crate::web::openapi::schemas::Schemas;
use crate::web::openapi::shape::{Member, Shape, members_of};
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
    meaning: &'static str,
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
pub(in crate::web) fn page(routes: &[Route], document: &Value) -> String {
    let groups = Group::ALL.map(|group| {
        let (name, words) = group.words();
        let operations = routes.iter().filter_map(|route| {
            let operation = listed::operation(route.endpoint).filter(|operation| operation.group == group)?;
            Some(operation_view(route, operation))
        });
        GroupView { name, words, operations: operations.collect() }
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
        groups: groups.into_iter().collect(),
        schemas: schemas.collect(),
        codes: Code::ALL,
    };
    page.render().expect("writing to a string never fails")
}

fn operation_view(route: &Route, operation: &'static Operation) -> OperationView {
    let method = route.method.as_str().to_owned();
    let words = route.pattern.split(|letter: char| !letter.is_ascii_alphanumeric());
    let place: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let parameters = parameters_of(route, operation).map(|parameter| ParameterView {
        name: parameter.name,
        place: parameter.place.as_str(),
        shape: Shape::of(&(parameter.schema)()),
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
        answers: operation.answers.iter().map(answer).collect(),
        refusals: refusals::of(route, operation).into_iter().collect(),
    }
}

fn answer(answer: &Answer) -> AnswerView {
    let header = |(name, carried): &(&str, Carried)| match carried {
        Carried::Always => (*name).to_owned(),
        Carried::Sometimes => format!("{name} (where it applies)"),
    };
    AnswerView {
        status: answer.status,
        meaning: answer.meaning,
        contents: contents(answer.contents).collect(),
        headers: answer.headers.iter().map(header).collect(),
    }
}

fn contents(contents: &'static [Content]) -> impl Iterator<Item = ContentView> {
    // What is referred to stands in the document already.
    let mut schemas = Schemas::new();
    contents.iter().map(move |content| ContentView {
        media: content.media,
        shape: Shape::of(&(content.schema)(&mut schemas)),
        item: content.item.map(|item| Shape::of(&item(&mut schemas))),
    })
}

fn who(route: &Route) -> String {
    match route.who {
        Who::Anyone => "Anyone.".to_owned(),
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
