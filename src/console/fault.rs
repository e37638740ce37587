//! Pages of what went wrong.

use crate::console::frame::{Files, page};
use crate::http::problem::Problem;
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "console/fault.html")]
struct FaultPage<'a> {
    files: Files,
    title: &'a str,
    /// What happened, and what to do, as sentences.
    detail: Vec<String>,
    request_id: &'a str,
}

/// Makes sentences of what a problem says to programs: `what happened; hint: what to do`.
fn sentences(detail: &str) -> Vec<String> {
    let sentence = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        format!("{}{}.", first.unwrap_or_default(), letters.as_str().trim_end_matches('.'))
    };
    detail.split("; hint: ").map(sentence).collect()
}

/// Answers a problem as a page.
pub(crate) fn show_fault(problem: Problem, request_id: &str) -> Response {
    let title = problem.status.canonical_reason().unwrap_or("Error");
    let detail = sentences(&problem.detail);
    let shown = FaultPage { files: Files::new(), title, detail, request_id };
    match page(problem.status, &shown) {
        Ok(mut response) => {
            problem.describe(response.headers_mut());
            response
        }
        Err(_) => problem.into_response(request_id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_to_people_in_sentences() {
        assert_eq!(sentences("you may not; hint: ask an owner"), ["You may not.", "Ask an owner."]);
        assert_eq!(sentences("there is nothing."), ["There is nothing."]);
        assert_eq!(sentences(""), ["."]);
    }
}
