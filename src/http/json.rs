//! JSON in and out of a call: bodies of management requests, and answers.

use crate::domain::json;
use crate::http::call::Call;
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::http::request::body::{self, BodyLimits};
use crate::platform::locks::lock;
use axum::body::Body;
use bytes::Bytes;
use serde::de::DeserializeOwned;

/// Most bytes of a body here: a few fields of a few hundred characters.
const BODY_BYTES_MAX: usize = 16 * 1024;

impl Call<'_> {
    /// Reads a body of JSON, whatever its media type says.
    pub(crate) async fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        parse(&self.small_body().await?)
    }

    /// Reads a body of JSON that may be left out.
    pub(crate) async fn optional_json<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        let bytes = self.small_body().await?;
        if bytes.is_empty() { Ok(T::default()) } else { parse(&bytes) }
    }

    async fn small_body(&self) -> Result<Bytes, Problem> {
        Ok(body::read(self.body(), self.small_limits()).await?.bytes)
    }

    /// Reads a body of a few fields and leaves it to the handler as it came.
    pub(crate) async fn peek_small_body(&self) -> Result<Bytes, Problem> {
        let body = self.body();
        let bytes = body::read(body, self.small_limits()).await?.bytes;
        *body = Body::from(bytes.clone());
        *lock(&self.body) = Some(body);
        Ok(bytes)
    }

    fn small_limits(&self) -> BodyLimits<'_> {
        let limits = self.body_limits();
        BodyLimits { bytes_max: limits.bytes_max.min(BODY_BYTES_MAX), ..limits }
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = json::check(bytes)?;
    serde_json::from_str(text).map_err(|error| {
        let detail = format!("the body is not what is expected here: {}", without_values(&error.to_string()));
        Problem::new(Code::InvalidBody, detail)
    })
}

/// Leaves out of what a reader says the value that it found: it is somebody's data, and may be a secret.
fn without_values(message: &str) -> String {
    let names_value = message.starts_with("invalid type: ") || message.starts_with("invalid value: ");
    match message.rfind(", expected ").filter(|_| names_value) {
        Some(at) => format!("a value is not of its type{}", message.get(at..).unwrap_or_default()),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Named {
        #[expect(dead_code, reason = "it is read by deriving")]
        name: String,
    }

    #[test]
    fn a_body_that_is_no_json_and_one_with_other_members_are_told_apart() {
        assert!(parse::<Named>(br#"{"name":"a"}"#).is_ok());
        assert_eq!(parse::<Named>(b"{").unwrap_err().code, "invalid_json");
        assert_eq!(parse::<Named>(br#"{"nam":"a"}"#).unwrap_err().code, "invalid_body");
    }

    #[test]
    fn what_is_wrong_with_a_value_is_told_without_the_value() {
        let told = |json: &str| parse::<Named>(json.as_bytes()).unwrap_err().detail.into_owned();
        let wrong = told(r#"{"name":["hunter2, expected nothing"]}"#);
        assert!(wrong.contains("expected a string at line 1"), "{wrong}");
        for (json, hidden) in [(r#"{"name":4711}"#, "4711"), (r#"{"name":{"hunter2":1}}"#, "hunter2")] {
            assert!(!told(json).contains(hidden), "{}", told(json));
        }
        assert!(told("\"hunter2\"").contains("expected struct Named"), "{}", told("\"hunter2\""));
        assert!(!told("\"hunter2, expected\"").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_body_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = parse::<Named>(&bytes);
        }
    }
}
