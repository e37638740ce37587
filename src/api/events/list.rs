//! `GET /v1/events`.

use super::parameters;
use crate::api::events::page::PageJson;
use crate::http::call::{self, Call};
use crate::http::problem::Problem;
use axum::response::Response;
use http::StatusCode;

/// Answers one page of the tenant's events.
pub(crate) async fn list_events(call: &Call<'_>) -> Result<Response, Problem> {
    let query = parameters::read_list(call.query())?;
    let answers = call.edge.answers.clone();
    let reading = &call.services()?.reading;
    let json = reading
        .list(&call.reach().tenant, query, move |page| answers.hold_written(call::to_json(&PageJson(&page))))
        .await?;
    Ok(call::uncached(call::answer(StatusCode::OK, "application/json", json)))
}
