//! Portions of lists, and requests that may come twice.

use crate::crypto::digest::Digest;
use crate::domain::agent::RequestMark;
use crate::services::reading::{LIMIT_DEFAULT, LIMIT_MAX};
use crate::web::call::{self, Call};
use crate::web::portion::Bounds;
use crate::web::problem::Problem;
use crate::web::request::key;
use crate::web::request::query::Parameters;
use axum::response::Response;
use http::HeaderValue;
use http::header::LOCATION;

/// Reads which portion of a list is wanted.
pub(super) fn bounds(parameters: &mut Parameters<'_>) -> Bounds {
    let limit = parameters.parse("limit", |text| match text.parse() {
        Ok(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
        _ => Err(format!("is no number from 1 to {LIMIT_MAX}")),
    });
    let after = parameters.text("after").map(str::to_owned);
    Bounds { after, before: None, limit: limit.unwrap_or(LIMIT_DEFAULT) }
}

/// Returns what is kept of the request's idempotency key, if it has one.
pub(super) fn mark(call: &Call<'_>, purpose: &str) -> Result<Option<Digest>, Problem> {
    Ok(key::sent(&call.parts.headers)?.map(|key| RequestMark::new(purpose, &key).0))
}

/// Says where the thing is that an answer is about.
pub(super) fn located(response: Response, place: &str) -> Response {
    let mut response = call::uncached(response);
    // Places are made of slugs and ids.
    response.headers_mut().insert(LOCATION, HeaderValue::from_str(place).expect("a place is plain text"));
    response
}
