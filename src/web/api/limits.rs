//! The limits in force.

use crate::web::call::{self, Call};
use crate::web::pressure;
use crate::web::problem::Problem;
use crate::web::wire::limits::LimitsJson;
use axum::response::Response;
use http::StatusCode;

/// Shows the limits in force and whom they refuse.
pub(in crate::web) fn show_limits(call: &Call<'_>) -> Result<Response, Problem> {
    let pressure = pressure::look(call)?;
    Ok(call::uncached(call::json(StatusCode::OK, &LimitsJson::from(&pressure))))
}
