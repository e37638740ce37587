//! `GET /api/openapi.json` and `GET /api/docs`.

use super::fixed::{self, CHECKED};
use crate::api::tags;
use crate::http::call::Call;
use crate::http::operation::{Answer, Carried, Content, Operation};
use crate::http::route::Answered;
use crate::http::route::{Handler, Route, When, Who};
use crate::http::schemas::{anything, text};
use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};

/// The page loads its stylesheet from here and nothing else from anywhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Answers the OpenAPI document.
pub(crate) fn show_openapi(call: &Call<'_>) -> Answered {
    Ok(fixed::answer(call, "application/json", &call.edge.library.documents().openapi, CHECKED))
}

/// Answers the page.
pub(crate) fn show_docs(call: &Call<'_>) -> Answered {
    let page = &call.edge.library.documents().page;
    let mut response = fixed::answer(call, "text/html; charset=utf-8", page, CHECKED);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    Ok(response)
}

const CACHED: &[(&str, Carried)] = &[("ETag", Carried::Always), ("Cache-Control", Carried::Always)];

static OPENAPI: Operation = Operation::new(&tags::ABOUT, "showOpenapi", "Gives this document")
    .answer(Answer::of(200, "OpenAPI 3.1.", &[Content::json(anything)]).with(CACHED))
    .answer(Answer::empty(304, "What `If-None-Match` names is still the same.").with(CACHED));

static DOCS: Operation = Operation::new(&tags::ABOUT, "showDocs", "Gives this document as a page")
    .answer(Answer::of(200, "The page.", &[Content::of("text/html", text)]).with(CACHED))
    .answer(Answer::empty(304, "What `If-None-Match` names is still the same.").with(CACHED));

/// The routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/openapi.json", Who::Anyone, Handler::Now(show_openapi), &OPENAPI).when(When::Started),
    Route::get("/api/docs", Who::Anyone, Handler::Now(show_docs), &DOCS).when(When::Started),
];
