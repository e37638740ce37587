//! Every answer of every test is one that the OpenAPI document describes: its status, its media type, the headers it
//! must carry, and the JSON in it.

use http::{HeaderMap, Method};
use jsonschema::Validator;
use mainstay::app::routes::ROUTES;
use mainstay::http::route::{Found, Route, Told};
use mainstay::http::router;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

/// The document of this program.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| router::document(&ROUTES));

/// Schemas that were asked for, by where they stand.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// What the document says of one answer's body in one media type.
struct Described {
    place: String,
    schema: &'static Value,
}

/// Returns the route of a request; none for paths and methods that have none.
fn route_of(method: &Method, path: &str) -> Option<&'static Route> {
    let path = path.split('?').next().unwrap_or_default();
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let fits = |pattern: &str| {
        let (pattern, path) = (pattern.split('/'), path.split('/'));
        pattern.clone().count() == path.clone().count()
            && pattern
                .zip(path)
                .all(|(wanted, found)| wanted == found || (wanted.starts_with('{') && !found.is_empty()))
    };
    // The pattern with the fewest names in it is meant.
    let routes = ROUTES.iter().filter(|route| route.method == method && fits(route.pattern));
    routes.min_by_key(|route| route.pattern.matches('{').count())
}

/// Tells whether a route is one of the console's pages and forms, which are for people and not of the document.
pub(crate) fn is_page(route: &Route) -> bool {
    route.told == Told::Page
}

/// Tells whether the document tells of a route: pages and what is for commands on this machine are not in it.
pub(crate) fn is_documented(route: &Route) -> bool {
    !is_page(route) && route.found != Found::Socket
}

/// Checks an answer to a request.
pub(crate) fn check(method: &Method, path: &str, status: u16, headers: &HeaderMap, body: &[u8]) {
    let Some(route) = route_of(method, path).filter(|route| is_documented(route)) else { return };
    let answered = format!("{method} {path}: {status} {}", String::from_utf8_lossy(body));
    let answers = &DOCUMENT["paths"][route.pattern][route.method.as_str().to_ascii_lowercase()]["responses"];
    let answer = &answers[status.to_string()];
    assert!(answer.is_object(), "the document does not know this answer: {answered}");
    for (name, header) in answer["headers"].as_object().unwrap() {
        let there = headers.contains_key(name.as_str());
        assert!(there || header["required"] != true, "{name} is missing: {answered}");
    }
    let Some(media) = headers.get("content-type") else {
        assert!(body.is_empty(), "{answered}");
        return;
    };
    let media = media.to_str().unwrap_or("*/*").split(';').next().unwrap_or_default().trim();
    let contents = answer["content"].as_object().unwrap_or_else(|| panic!("a body: {answered}"));
    let media = if contents.contains_key(media) { media } else { "*/*" };
    let content = contents.get(media).unwrap_or_else(|| panic!("{:?}: {answered}", headers["content-type"]));
    if method == Method::HEAD || body.is_empty() {
        return;
    }
    let place = format!("{} {} {status} {media}", route.method, route.pattern);
    if media == "application/json" || media.ends_with("+json") {
        valid(&Described { place, schema: &content["schema"] }, body, &answered);
    } else if media == "application/x-ndjson" {
        for line in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            valid(&Described { place: place.clone(), schema: &content["x-item-schema"] }, line, &answered);
        }
    }
}

fn valid(described: &Described, body: &[u8], answered: &str) {
    let value: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {answered}"));
    let validator = {
        let mut validators = VALIDATORS.lock().unwrap();
        let make = || Arc::new(validator_of(described.schema));
        Arc::clone(validators.entry(described.place.clone()).or_insert_with(make))
    };
    let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {answered}");
}

/// A schema with all that it may refer to.
fn validator_of(schema: &Value) -> Validator {
    let whole = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
    jsonschema::draft202012::new(&whole).expect("the document's schemas are schemas")
}

#[test]
fn every_route_stands_in_the_document_with_a_name_of_its_own() {
    let mut names = HashMap::new();
    for route in ROUTES.iter().filter(|route| is_documented(route)) {
        let operation = &DOCUMENT["paths"][route.pattern][route.method.as_str().to_ascii_lowercase()];
        let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{}", route.pattern));
        assert!(names.insert(name, route.pattern).is_none(), "{name}");
        let declared = operation["parameters"].as_array().unwrap().iter();
        let declared: Vec<_> = declared
            .filter(|one| one["in"] == "path")
            .map(|one| format!("{{{}}}", one["name"].as_str().unwrap()))
            .collect();
        let named: Vec<_> = route.pattern.split('/').filter(|part| part.starts_with('{')).collect();
        assert_eq!(declared, named, "{}", route.pattern);
    }
}

#[test]
fn every_schema_is_one_and_every_reference_leads_somewhere() {
    fn visit(value: &Value, found: &mut dyn FnMut(&str)) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| match value.as_str() {
                Some(target) if name == "$ref" => found(target),
                _ => visit(value, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| visit(item, found)),
            _ => {}
        }
    }
    visit(&DOCUMENT, &mut |target| {
        let pointer = target.strip_prefix('#').unwrap_or_else(|| panic!("{target}"));
        assert!(DOCUMENT.pointer(pointer).is_some(), "{target}");
    });
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::meta::is_valid(schema), "{name}");
        validator_of(schema);
    }
}

#[test]
#[should_panic(expected = "the document does not know this answer")]
fn an_answer_that_is_not_described_is_found() {
    check(&Method::GET, "/v1", 418, &HeaderMap::new(), b"");
}

#[test]
#[should_panic(expected = "is a required property")]
fn an_answer_of_another_shape_is_found() {
    let headers = [("content-type", "application/json"), ("x-request-id", "r")]
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    check(&Method::GET, "/health", 200, &HeaderMap::from_iter(headers), br#"{"status":"ok"}"#);
}
