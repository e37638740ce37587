//! `GET /v1/events/{seq}`.

use crate::domain::ids::Seq;
use crate::services::reading::{ReadError, StoredEvent};
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::request::query::Parameters;
use crate::web::wire::event::EventJson;
use axum::response::Response;
use http::StatusCode;

/// What stands before the sequence number in a path.
const PREFIX: &str = "/v1/events/";

/// Answers one event.
pub(in crate::web) async fn find_event(call: &Call<'_>) -> Result<Response, Problem> {
    let answers = call.edge.answers.clone();
    let json = find(call, "", move |event| answers.hold_written(call::to_json(&EventJson(&event)))).await?;
    Ok(call::uncached(call::answer(StatusCode::OK, "application/json", json)))
}

/// Finds the event whose number stands in the path before `suffix` and makes of it what is wanted.
pub(super) async fn find<T: Send + 'static>(
    call: &Call<'_>,
    suffix: &str,
    make: impl FnOnce(StoredEvent) -> Result<T, ReadError> + Send + 'static,
) -> Result<T, Problem> {
    let seq = seq_in(call.parts.uri.path(), suffix).ok_or(ReadError::NotFound)?;
    Parameters::read(call.parts.uri.query(), &[]).finish()?;
    Ok(call.services()?.reading.find(&call.reach().tenant, seq, make).await?)
}

/// Reads the number of a path: digits without a leading zero, so that every event has one address.
fn seq_in(path: &str, suffix: &str) -> Option<Seq> {
    let digits = path.strip_prefix(PREFIX)?.strip_suffix(suffix)?;
    let plain =
        !digits.is_empty() && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok().map(Seq) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_holds_a_plain_number() {
        assert_eq!(seq_in("/v1/events/7", ""), Some(Seq(7)));
        assert_eq!(seq_in("/v1/events/7/payload", "/payload"), Some(Seq(7)));
        for wrong in ["0", "07", "+7", "-7", "7.0", "%37", "stream", "", "99999999999999999999", "..%2f7"] {
            assert_eq!(seq_in(&format!("/v1/events/{wrong}"), ""), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_path_holds_a_number_or_none(path in "/v1/events/.{0,24}") {
            if let Some(seq) = seq_in(&path, "") {
                prop_assert_eq!(path, format!("/v1/events/{seq}"));
            }
        }
    }
}
