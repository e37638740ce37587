//! What somebody who helps needs to know.

use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::wire::diagnostics::DiagnosticsJson;
use axum::response::Response;
use http::StatusCode;

/// Gathers it.
pub(in crate::web) async fn show_diagnostics(call: &Call<'_>) -> Result<Response, Problem> {
    let gathered = call.services()?.diagnostics.gather(call.edge.metrics.summary()).await;
    Ok(call::uncached(call::json(StatusCode::OK, &DiagnosticsJson::from(&gathered))))
}
