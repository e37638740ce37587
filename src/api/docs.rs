//! The OpenAPI document with its page, and the files that pages use.

use crate::api::tags;
use crate::http::assets::{self, Kept};
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::gate::Judged;
use crate::http::library::Fixed;
use crate::http::operation::{Answer, Carried, Content, Operation};
use crate::http::problem::Problem;
use crate::http::request::condition::names;
use crate::http::route::{Answered, Handler, Route, When, Who};
use crate::http::schemas::{anything, text};
use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, X_FRAME_OPTIONS};
use http::{HeaderValue, StatusCode};

/// May be kept, and is asked for each time whether it is still the same.
const CHECKED: HeaderValue = HeaderValue::from_static("no-cache");

/// May be kept for good, by anybody.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The page loads its stylesheet from here and nothing else from anywhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

fn show_openapi(call: &Call<'_>) -> Answered {
    Ok(answer(call, "application/json", &call.edge.library.documents().openapi, CHECKED))
}

fn show_docs(call: &Call<'_>) -> Answered {
    let page = &call.edge.library.documents().page;
    let mut response = answer(call, "text/html; charset=utf-8", page, CHECKED);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    Ok(response)
}

fn show_file(call: &Call<'_>) -> Result<Response, Problem> {
    let wanted = call.param("file");
    let (asset, kept) = assets::find(wanted)
        .ok_or_else(|| Problem::new(Code::NotFound, "there is no such file; hint: reload the page"))?;
    let kept = match kept {
        Kept::ForGood => FOR_GOOD,
        Kept::Checked => CHECKED,
    };
    Ok(answer(call, asset.media, &asset.content, kept))
}

/// Answers bytes, or that the client has them.
fn answer(call: &Call<'_>, media: &'static str, content: &Fixed, kept: HeaderValue) -> Response {
    let mut response = if names(&call.parts.headers, &content.etag) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        call::answer(StatusCode::OK, media, content.bytes.clone())
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, content.etag.clone());
    headers.insert(CACHE_CONTROL, kept);
    response
}

const CACHED: &[(&str, Carried)] = &[("ETag", Carried::Always), ("Cache-Control", Carried::Always)];

const UNCHANGED: Answer = Answer::empty(304, "What `If-None-Match` names is still the same.").with(CACHED);

static OPENAPI: Operation = Operation::new(&tags::ABOUT, "showOpenapi", "Gives this document")
    .answer(Answer::of(200, "OpenAPI 3.1.", &[Content::json(anything)]).with(CACHED))
    .answer(UNCHANGED);

static DOCS: Operation = Operation::new(&tags::ABOUT, "showDocs", "Gives this document as a page")
    .answer(Answer::of(200, "The page.", &[Content::of("text/html", text)]).with(CACHED))
    .answer(UNCHANGED);

static STATIC_FILE: Operation = Operation::new(&tags::ABOUT, "showStaticFile", "Gives a file that pages use")
    .answer(Answer::of(200, "The file.", &[Content::of("*/*", anything)]).with(CACHED))
    .answer(UNCHANGED)
    .refuses(&[Code::NotFound]);

pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/openapi.json", Who::Anyone, Handler::Now(show_openapi), &OPENAPI).when(When::Started),
    Route::get("/api/docs", Who::Anyone, Handler::Now(show_docs), &DOCS).when(When::Started),
    Route::get("/static/{file}", Who::Anyone, Handler::Now(show_file), &STATIC_FILE)
        .when(When::Started)
        .judged(Judged::ByBlocks),
];
