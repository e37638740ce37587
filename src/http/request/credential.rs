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
        (Some(bearer), None) => bearer.ok_or_else(not_bearer).map(Some),
        (None | Some(None), Some(key)) => {
            let text = key.to_str().ok().map(str::trim_ascii).filter(|text| !text.is_empty());
            text.ok_or_else(not_text).map(Some)
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

fn not_bearer() -> Problem {
    let detail = "the Authorization header holds no bearer token; hint: send `Authorization: Bearer mst_…`";
    Problem::new(Code::TokenMissing, detail).with_hint(Hint::Authenticate)
}

fn not_text() -> Problem {
    let detail = "the X-API-Key header holds no token; hint: send `X-API-Key: mst_…`";
    Problem::new(Code::TokenMissing, detail).with_hint(Hint::Authenticate)
}

/// The problem of a request that needs a token and presents none.
pub fn missing() -> Problem {
    let detail = "this needs a token; hint: send `Authorization: Bearer mst_…` or `X-API-Key: mst_…`";
    Problem::new(Code::TokenMissing, detail).with_hint(Hint::Authenticate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(pairs: &[(&'static str, &'static str)]) -> Result<Option<String>, (u16, &'static str)> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
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

    proptest! {
        #[test]
        fn any_bytes_are_a_credential_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let mut headers = HeaderMap::new();
                headers.insert(AUTHORIZATION, value.clone());
                let _ = presented(&headers);
                headers.insert(&X_API_KEY, value);
                let _ = presented(&headers);
            }
        }
    }
}
