//! The document as a page: the same words, in the order of the route table.

use crate::http::assets;
use crate::http::code::Code;
use crate::http::openapi::derived;
use crate::http::openapi::document::{described, tags};
use crate::http::openapi::refusals;
use crate::http::openapi::shape::{Shape, meaning_of, members_of};
use crate::http::operation::{Answer, Carried, Content, Operation, Parameter, Presence, Tag};
use crate::http::route::{Route, Routes, When, Who};
use crate::http::schemas::Schemas;
use askama::Template;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Cuts a text at its backticks: every other piece is code.
fn pieces(text: &str) -> Vec<&str> {
    text.split('`').collect()
}

#[derive(Template)]
#[template(path = "docs/page.html")]
struct Page<'a> {
    colors: String,
    stylesheet: String,
    version: &'static str,
    groups: Vec<(&'static Tag, Vec<OperationView>)>,
    schemas: &'a Map<String, Value>,
    codes: &'static [Code],
}

struct OperationView {
    anchor: String,
    route: &'static Route,
    operation: &'static Operation,
    who: String,
    parameters: Vec<Parameter>,
    answers: Vec<Answer>,
    refusals: BTreeMap<u16, Vec<Code>>,
}

impl Parameter {
    fn shape(&self) -> Shape {
        Shape::of(&(self.schema)())
    }
}

impl OperationView {
    fn headers(&self, answer: &Answer) -> Vec<String> {
        let header = |(name, carried): (&str, Carried)| match carried {
            Carried::Always => name.to_owned(),
            Carried::Sometimes => format!("{name} (where it applies)"),
        };
        derived::headers(self.route, answer).map(header).collect()
    }
}

impl Content {
    /// What is referred to stands in the document already.
    fn shape(&self) -> Shape {
        Shape::of(&(self.schema)(&mut Schemas::new()))
    }

    fn item_shape(&self) -> Option<Shape> {
        self.item.map(|item| Shape::of(&item(&mut Schemas::new())))
    }
}

/// Returns the page of the routes; `document` holds their schemas.
pub(crate) fn page(routes: &Routes, document: &Value) -> String {
    let groups = tags(routes).into_iter().map(|tag| {
        let operations = described(routes).filter(|(_, operation)| operation.tag == tag);
        (tag, operations.map(|(route, operation)| operation_view(route, operation)).collect())
    });
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let page = Page {
        colors: assets::address("colors.css"),
        stylesheet: assets::address("docs.css"),
        version: env!("CARGO_PKG_VERSION"),
        groups: groups.collect(),
        schemas: schemas.expect("the document has schemas"),
        codes: Code::ALL,
    };
    page.render().expect("writing to a string never fails")
}

fn operation_view(route: &'static Route, operation: &'static Operation) -> OperationView {
    let words = route.pattern.split(|letter: char| !letter.is_ascii_alphanumeric());
    let place: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    OperationView {
        anchor: format!("{}-{}", route.method.as_str().to_ascii_lowercase(), place.join("-")),
        route,
        operation,
        who: who(route),
        parameters: derived::parameters(route, operation),
        answers: derived::answers(route, operation),
        refusals: refusals::of(route, operation),
    }
}

fn who(route: &Route) -> String {
    match route.who {
        Who::Anyone | Who::InTheClear => "Anyone.".to_owned(),
        Who::Operator(_) => "Operators who are signed in.".to_owned(),
        Who::Token(scope) => format!("Tokens with the scope `{scope}`."),
        Who::Signature => "Whoever signs as the source does.".to_owned(),
        Who::SignatureOrToken(scope) => {
            format!("Whoever signs as the source does, and tokens with the scope `{scope}`.")
        }
        Who::Operations(scope) => format!(
            "Clients in the networks of `ops.allow`, and tokens of tenant `system` with the scope `{scope}`."
        ),
    }
}

fn when(route: &Route) -> &'static str {
    match route.when {
        When::Always => "From the first to the last moment.",
        When::Started => "Once started, also while stopping.",
        When::Serving | When::Streaming => "Once started and not while stopping.",
    }
}
