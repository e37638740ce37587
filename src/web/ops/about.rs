//! `GET /v1`.

use crate::web::call::{self, Call};
use crate::web::wire::about::AboutJson;
use axum::response::Response;
use http::StatusCode;

/// Answers version, retention of keys, limits and accepted formats.
pub(in crate::web) fn show_about(call: &Call<'_>) -> Response {
    call::json(StatusCode::OK, &AboutJson::from(call.options))
}
