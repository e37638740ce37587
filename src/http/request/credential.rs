//! Who calls: `Authorization: Bearer` (RFC 6750) or `X-API-Key`.

use crate::http::code::Code;
use crate::http::problem::{Hint, Problem};
use crate::http::request::header::{self, X_API_KEY};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

/// Returns the token's text that a request presents, if any.
pub fn presented(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let authorization = header::single(headers, &AUTHORIZATION)?;
    let api_key = header::single(headers, &X_API_KEY)?;
    let bearer = authorization.map(bearer);
    match (bearer, api_key) {
        (None, None) => Ok(None),
        (Some(bearer), None) => bearer.ok_or_else(|| lacking(NOT_BEARER)).map(Some),
        (None | Some(None), Some(key)) => {
            let text = key.to_str().ok().map(str::trim_ascii).filter(|text| !text.is_empty());
            text.ok_or_else(|| lacking(NOT_TEXT)).map(Some)
        }
        (Some(Some(bearer)), Some(key)) if key.as_bytes().trim_ascii() == bearer.as_bytes() => {
            Ok(Some(bearer))
        }
        (Some(Some(_)), Some(_)) => Err(Problem::new(
            Code::ConflictingCredentials,
            "Authorization and X-API-Key hold different tokens; hint: send one of them",
        )),
    }
}

/// Returns what stands behind the scheme, which is case-insensitive.
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

const NOT_BEARER: &str =
    "the Authorization header holds no bearer token; hint: send `Authorization: Bearer mst_…`";

const NOT_TEXT: &str = "the X-API-Key header holds no token; hint: send `X-API-Key: mst_…`";

fn lacking(detail: &'static str) -> Problem {
    Problem::new(Code::TokenMissing, detail).with_hint(Hint::Authenticate)
}

/// The problem of a request that needs a token and presents none.
pub fn missing() -> Problem {
    lacking("this needs a token; hint: send `Authorization: Bearer mst_…` or `X-API-Key: mst_…`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Option<String>, (u16, &'static str)> {
        let headers = header::of_pairs(pairs);
        let text = presented(&headers).map_err(|problem| (problem.status.as_u16(), problem.code.as_str()))?;
        Ok(text.map(str::to_owned))
    }

    #[test]
    fn a_token_is_taken_from_either_header() {
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&[("authorization", "bEaReR  mst_a ")]), Ok(Some("mst_a".into())));
        assert_eq!(of(&[("x-api-key", "mst_a")]), Ok(Some("mst_a".into())));
        assert_eq!(of(&[("authorization", "Bearer a"), ("x-api-key", "a")]), Ok(Some("a".into())));
        assert_eq!(of(&[("authorization", "Basic eA=="), ("x-api-key", "a")]), Ok(Some("a".into())));
    }

    #[test]
    fn what_cannot_be_a_token_is_refused() {
        for wrong in ["Basic eA==", "Bearer", "Bearer ", "mst_a", ""] {
            assert_eq!(of(&[("authorization", wrong)]), Err((401, "token_missing")), "{wrong}");
        }
        assert_eq!(of(&[("x-api-key", " ")]), Err((401, "token_missing")));
        let conflict = of(&[("authorization", "Bearer a"), ("x-api-key", "b")]);
        assert_eq!(conflict, Err((400, "conflicting_credentials")));
        let twice = of(&[("authorization", "Bearer a"), ("authorization", "Bearer a")]);
        assert_eq!(twice, Err((400, "repeated_header")));
    }
}
