//! Problem details (RFC 9457), the shape of every error.

use crate::http::code::Code;
use crate::http::methods::Methods;
use axum::body::Body;
use axum::response::Response;
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The media type of problem details.
pub const PROBLEM_TYPE: &str = "application/problem+json";

/// What every `type` begins with; the problem's `code` follows.
const TYPE_PREFIX: &str = "urn:mainstay:problem:";

/// What a request without a signature is answered. Webhooks have no registered scheme of authentication; the name says
/// what is missing, and the problem's detail names the header.
const SIGNATURE_CHALLENGE: &str = "Signature realm=\"webhook\"";

/// An error as the client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Status of the answer: the code's.
    pub status: StatusCode,
    /// Stable snake_case word.
    pub code: Code,
    /// What happened and what to do.
    pub detail: Cow<'static, str>,
    /// What is wrong with which field.
    pub errors: Vec<FieldError>,
    /// What else the answer's head says.
    pub hint: Hint,
}

/// What a problem adds to the answer's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Nothing.
    None,
    /// `Retry-After` with so many seconds.
    RetryAfter(u32),
    /// The same; the body says it too, as rate limiters of other programs do.
    RateLimited(u32),
    /// `WWW-Authenticate: Bearer`: no credential was sent.
    Authenticate,
    /// `WWW-Authenticate: Bearer error="invalid_token"`: the credential does not work.
    InvalidToken,
    /// `WWW-Authenticate: Bearer error="insufficient_scope"`: the credential does not reach that far.
    InsufficientScope,
    /// `WWW-Authenticate: Signature`: the body was not signed.
    Sign,
    /// The same with `Bearer` beside it.
    SignOrAuthenticate,
    /// `Allow` with these methods.
    Allow(Methods),
    /// `Connection: close`: the rest of the request is not read.
    Close,
}

/// What is wrong with one parameter, header or member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldError {
    /// Its name.
    pub field: String,
    /// What is wrong with it, and the way out.
    pub detail: String,
}

impl FieldError {
    /// Makes one.
    pub fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), detail: detail.into() }
    }
}

/// Problem details as they go over the wire.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemBody<'a> {
    /// `urn:mainstay:problem:` and the code.
    #[serde(rename = "type")]
    problem_type: String,
    /// The status in words.
    title: &'a str,
    /// The answer's status.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// What happened, and what to do.
    detail: &'a str,
    /// A stable word.
    #[schemars(with = "String")]
    code: Code,
    /// The request's id, as in `X-Request-Id`.
    request_id: &'a str,
    /// What is wrong with which field; absent when nothing is.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schemars(with = "Vec<FieldError>")]
    errors: &'a [FieldError],
    #[serde(flatten)]
    limited: Option<LimitedBody<'a>>,
}

/// What clients of other rate limiters look for.
#[derive(Serialize, JsonSchema)]
struct LimitedBody<'a> {
    /// `RATE_LIMITED` on every 429.
    error: &'a str,
    /// The detail once more.
    message: &'a str,
    /// Seconds to wait.
    #[serde(rename = "retryAfter")]
    retry_after: u32,
}

impl Problem {
    /// Makes a problem without more.
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status: code.status(), code, detail: detail.into(), errors: Vec::new(), hint: Hint::None }
    }

    /// Makes the problem of a mistake of the appliance, which the log tells about.
    pub fn internal() -> Self {
        let detail = "the appliance made a mistake; hint: look for this request id in its log";
        Self::new(Code::InternalError, detail)
    }

    /// Adds to the answer's head.
    #[must_use]
    pub fn with_hint(mut self, hint: Hint) -> Self {
        self.hint = hint;
        self
    }

    /// Makes the problem of bad fields: a single one gives the detail, more are counted there.
    pub fn fields(code: Code, errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] => format!("`{}`: {}", only.field, only.detail),
            several => format!("{} fields are wrong; hint: see `errors`", several.len()),
        };
        Self { errors, ..Self::new(code, detail) }
    }

    /// Returns the body for a request's id.
    pub fn body(&self, request_id: &str) -> Vec<u8> {
        let body = ProblemBody {
            problem_type: format!("{TYPE_PREFIX}{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            request_id,
            errors: &self.errors,
            limited: match self.hint {
                Hint::RateLimited(retry_after) => {
                    Some(LimitedBody { error: "RATE_LIMITED", message: &self.detail, retry_after })
                }
                _ => None,
            },
        };
        serde_json::to_vec(&body).expect("texts and numbers have a JSON form")
    }

    /// Returns the answer to a request.
    pub fn into_response(self, request_id: &str) -> Response {
        let mut response = Response::new(Body::from(self.body(request_id)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        self.describe(headers);
        response
    }

    /// Writes what the problem adds to an answer's head.
    pub fn describe(&self, headers: &mut HeaderMap) {
        let challenge = |value| (WWW_AUTHENTICATE, HeaderValue::from_static(value));
        let (name, value) = match self.hint {
            Hint::None => return,
            Hint::RetryAfter(seconds) | Hint::RateLimited(seconds) => (RETRY_AFTER, seconds.into()),
            Hint::Authenticate => challenge("Bearer"),
            Hint::InvalidToken => challenge("Bearer error=\"invalid_token\""),
            Hint::InsufficientScope => challenge("Bearer error=\"insufficient_scope\""),
            Hint::Sign => challenge(SIGNATURE_CHALLENGE),
            Hint::SignOrAuthenticate => challenge("Signature realm=\"webhook\", Bearer"),
            Hint::Allow(methods) => {
                (ALLOW, HeaderValue::from_str(&methods.text()).expect("names of methods are a header value"))
            }
            Hint::Close => (CONNECTION, HeaderValue::from_static("close")),
        };
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    fn body_of(problem: &Problem) -> serde_json::Value {
        serde_json::from_slice(&problem.body("r1")).unwrap()
    }

    #[test]
    fn a_problem_names_itself_its_request_and_the_fields_at_fault() {
        let problem = Problem::fields(Code::InvalidQuery, vec![FieldError::new("limit", "not a number")]);
        let body = body_of(&problem);
        assert_eq!(body["type"], "urn:mainstay:problem:invalid_query");
        assert_eq!(body["title"], "Bad Request");
        assert_eq!(body["status"], 400);
        assert_eq!(body["detail"], "`limit`: not a number");
        assert_eq!(body["code"], "invalid_query");
        assert_eq!(body["request_id"], "r1");
        assert_eq!(body["errors"][0]["field"], "limit");
        assert!(body_of(&Problem::new(Code::NotFound, "nothing")).get("errors").is_none());
    }

    #[test]
    fn a_rate_limited_client_reads_in_the_body_how_long_to_wait() {
        let problem = Problem::new(Code::RateLimited, "too many; hint: wait");
        let problem = problem.with_hint(Hint::RateLimited(7));
        let body = body_of(&problem);
        assert_eq!((&body["error"], &body["retryAfter"]), (&"RATE_LIMITED".into(), &7.into()));
        assert_eq!(body["message"], body["detail"]);
        assert_eq!(problem.into_response("r1").headers()[RETRY_AFTER], "7");
    }

    #[test]
    fn hints_stand_in_the_head() {
        let answer = |hint| Problem::new(Code::Starting, "x").with_hint(hint).into_response("r");
        assert_eq!(answer(Hint::RetryAfter(2)).headers()[RETRY_AFTER], "2");
        assert_eq!(answer(Hint::Authenticate).headers()[WWW_AUTHENTICATE], "Bearer");
        assert_eq!(answer(Hint::Sign).headers()[WWW_AUTHENTICATE], "Signature realm=\"webhook\"");
        let both = answer(Hint::SignOrAuthenticate);
        assert_eq!(both.headers()[WWW_AUTHENTICATE], "Signature realm=\"webhook\", Bearer");
        let methods = [Method::GET, Method::HEAD].iter().collect();
        assert_eq!(answer(Hint::Allow(methods)).headers()[ALLOW], "GET, HEAD");
        assert_eq!(answer(Hint::None).headers().len(), 1);
    }
}
