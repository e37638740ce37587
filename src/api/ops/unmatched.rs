//! Paths that lead nowhere.

use crate::http::call::Call;
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::http::request::query::decode;
use axum::response::Response;

/// Answers an unknown path.
pub(crate) fn refuse_unmatched(call: &Call<'_>) -> Result<Response, Problem> {
    if is_tricky(call.parts.uri.path()) {
        let detail =
            "the path is not in its plain form; hint: no `..`, `//`, encoded slashes or control characters";
        return Err(Problem::new(Code::InvalidPath, detail));
    }
    let detail = "there is nothing at this path; hint: GET /v1 answers what this appliance accepts";
    Err(Problem::new(Code::NotFound, detail))
}

/// Tells whether a path tries to mean another than it says.
fn is_tricky(path: &str) -> bool {
    // A plus stands for itself in a path; here it may as well be a space.
    let Some(decoded) = decode(path) else { return true };
    let encoded_slash = decoded.matches('/').count() != path.matches('/').count();
    encoded_slash
        || decoded.contains("//")
        || decoded.contains('\\')
        || decoded.chars().any(char::is_control)
        || decoded.split('/').any(|segment| matches!(segment, "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn path_tricks_are_told_from_unknown_paths() {
        let tricky = "/../etc /a/.. /a//b /a%2fb /a%2Fb /%2e%2e/a /a%00 /%ff /% /a%5c..%5cb /./a";
        for tricky in tricky.split(' ') {
            assert!(is_tricky(tricky), "{tricky}");
        }
        for plain in ["/", "/a/b/", "/%C3%A4", "/a..b", "/a+b", ""] {
            assert!(!is_tricky(plain), "{plain}");
        }
    }

    proptest! {
        #[test]
        fn any_path_is_judged(path in "/[ -~%]{0,64}") {
            let _ = is_tricky(&path);
        }
    }
}
