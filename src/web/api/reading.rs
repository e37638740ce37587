//! A path's names and a body's JSON.

use crate::domain::json;
use crate::web::call::Call;
use crate::web::code::Code;
use crate::web::problem::Problem;
use crate::web::request::body::{self, BodyLimits};
use axum::body::Body;
use serde::de::DeserializeOwned;

/// Most bytes of a body here: a few fields of a few hundred characters.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// Reads a body of JSON, whatever its media type says.
pub(super) async fn read_json<T: DeserializeOwned>(call: &Call<'_>, body: &mut Body) -> Result<T, Problem> {
    let limits = call.body_limits();
    let limits = BodyLimits { bytes_max: limits.bytes_max.min(BODY_BYTES_MAX), ..limits };
    let received = body::read(body, limits).await?;
    parse(&received.bytes)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = json::check(bytes)?;
    serde_json::from_str(text).map_err(|error| {
        let detail = format!("the body is not what is expected here: {error}");
        Problem::new(Code::InvalidBody, detail)
    })
}

/// Returns the segment of a path behind a prefix and before a suffix.
pub(super) fn segment<'a>(call: &Call<'a>, prefix: &str, suffix: &str) -> &'a str {
    let between = |path: &'a str| path.strip_prefix(prefix)?.strip_suffix(suffix);
    between(call.parts.uri.path()).unwrap_or_default()
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

    proptest! {
        #[test]
        fn any_bytes_are_a_body_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = parse::<Named>(&bytes);
        }
    }
}
