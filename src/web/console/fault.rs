//! Pages of what went wrong.

use crate::web::console::frame::{Files, page};
use crate::web::problem::Problem;
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "console/fault.html")]
struct FaultPage<'a> {
    files: Files,
    title: &'a str,
    detail: &'a str,
    request_id: &'a str,
}

/// Answers a problem as a page.
pub(in crate::web) fn show_fault(problem: Problem, request_id: &str) -> Response {
    let title = problem.status.canonical_reason().unwrap_or("Error");
    let shown = FaultPage { files: Files::new(), title, detail: &problem.detail, request_id };
    match page(problem.status, &shown) {
        Ok(mut response) => {
            problem.describe(response.headers_mut());
            response
        }
        Err(_) => problem.into_response(request_id),
    }
}
