//! `GET /v1/events`.

use super::parameters;
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::wire::listing::PageJson;
use axum::response::Response;
use http::StatusCode;

/// Answers one page of the tenant's events.
pub(in crate::web) async fn list_events(call: &Call<'_>) -> Result<Response, Problem> {
    let query = parameters::read_list(call.parts.uri.query())?;
    let answers = call.edge.answers.clone();
    let reading = &call.services()?.reading;
    let json = reading
        .list(&call.reach().tenant, query, move |page| answers.hold_written(call::to_json(&PageJson(&page))))
        .await?;
    Ok(call::uncached(call::answer(StatusCode::OK, "application/json", json)))
}
