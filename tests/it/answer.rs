//! What came back, checked against what holds for every answer.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// What an answer's head may hold; a name that is not here is told to nobody.
const HEADERS: &[&str] = &[
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "allow",
    "cache-control",
    "connection",
    "content-disposition",
    "content-length",
    "content-security-policy",
    "content-type",
    "date",
    "etag",
    "idempotency-key",
    "idempotency-mismatch",
    "idempotency-replayed",
    "location",
    "permissions-policy",
    "ratelimit",
    "ratelimit-policy",
    "referrer-policy",
    "retry-after",
    "set-cookie",
    "transfer-encoding",
    "vary",
    "www-authenticate",
    "x-accel-buffering",
    "x-content-type-options",
    "x-frame-options",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
];

/// What a problem's body may hold.
const PROBLEM_MEMBERS: &[&str] = &["code", "detail", "errors", "request_id", "status", "title", "type"];

/// What the body of a problem about the rate limit holds besides.
const LIMIT_MEMBERS: &[&str] = &["error", "message", "retryAfter"];

/// An answer that keeps the rules of all answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Status.
    pub(crate) status: u16,
    /// Head.
    pub(crate) headers: HeaderMap,
    /// Body.
    pub(crate) body: Bytes,
}

/// What an answer's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyKind {
    /// What was asked for, or a problem.
    Usual,
    /// Nothing: only the head was asked for.
    None,
    /// A health report, whatever the status.
    Report,
}

impl Answer {
    /// Takes an answer and checks it.
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, body: Bytes, kind: BodyKind) -> Self {
        let answer = Self { status: status.as_u16(), headers, body };
        answer.check_head();
        if answer.status >= 400 && kind == BodyKind::Usual && !answer.is_page() {
            answer.check_problem();
        }
        answer
    }

    /// Returns a header's value as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next()?;
        assert!(values.next().is_none(), "{name} stands twice in {:?}", self.headers);
        Some(first.to_str().unwrap())
    }

    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    /// Returns a problem's code.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap().to_owned()
    }

    /// Returns the names of a problem's bad fields, sorted.
    pub(crate) fn bad_fields(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        let mut fields: Vec<_> =
            errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect();
        fields.sort();
        fields
    }

    /// Returns the sequence number that `Location` names.
    pub(crate) fn seq(&self) -> u64 {
        let location = self.header("location").unwrap_or_else(|| panic!("no place in {self:?}"));
        location.strip_prefix("/v1/events/").unwrap().parse().unwrap()
    }

    /// Checks status and code at once, with a message that shows the answer.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{self:?}");
    }

    fn is_page(&self) -> bool {
        self.header("content-type") == Some("text/html; charset=utf-8")
    }

    fn check_head(&self) {
        for name in self.headers.keys() {
            assert!(HEADERS.contains(&name.as_str()), "the answer's head holds {name}: {self:?}");
        }
        let id = self.header("x-request-id").expect("every answer names its request");
        assert!((1..=64).contains(&id.len()), "{id}");
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(self.header("www-authenticate").is_some(), self.asks_for_credential(), "{self:?}");
        if self.status == 204 {
            assert!(self.body.is_empty() && self.header("content-type").is_none(), "{self:?}");
        }
        if [503, 507, 429].contains(&self.status) && self.header("cache-control").is_none() {
            assert!(self.header("retry-after").is_some(), "{self:?}");
        }
        assert_eq!(self.header("allow").is_some(), self.status == 405, "{self:?}");
        self.check_limit();
    }

    /// All headers of a limit stand together and say the same.
    fn check_limit(&self) {
        let Some(limit) = self.header("ratelimit") else {
            assert!(!self.headers.keys().any(|name| name.as_str().contains("ratelimit")), "{self:?}");
            return;
        };
        let number = |name| self.header(name).unwrap().parse::<u32>().unwrap();
        let (left, reset) = (number("x-ratelimit-remaining"), number("x-ratelimit-reset"));
        let told = format!(";r={left};t={reset}");
        assert!(limit.split(", ").any(|one| one.ends_with(&told)), "{self:?}");
        let policy = self.header("ratelimit-policy").unwrap();
        let quota = format!(";q={};w=", number("x-ratelimit-limit"));
        assert!(policy.split(", ").any(|one| one.contains(&quota)), "{self:?}");
        let names = |list: &str| {
            list.split(", ").map(|one| one.split(';').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(limit), names(policy), "{self:?}");
    }

    fn asks_for_credential(&self) -> bool {
        let lacks_scope =
            self.status == 403 && self.body.windows(13).any(|word| word == b"scope_missing".as_slice());
        self.status == 401 || lacks_scope
    }

    fn check_problem(&self) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let body = self.json();
        let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        let code = body["code"].as_str().unwrap();
        let further = if self.status == 429 { LIMIT_MEMBERS } else { &[] };
        let known = |member: &&str| PROBLEM_MEMBERS.contains(member) || further.contains(member);
        assert!(members.iter().all(known) && further.iter().all(|member| members.contains(member)), "{body}");
        assert!(code.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase()), "{code}");
        assert_eq!(body["type"], format!("urn:mainstay:problem:{code}"));
        assert_eq!(body["status"], self.status);
        let title = StatusCode::from_u16(self.status).unwrap().canonical_reason().unwrap();
        assert_eq!(body["title"], title);
        assert!(!body["detail"].as_str().unwrap().is_empty());
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"));
    }
}
