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
    let page = call.services()?.reading.list(&call.reach().tenant, query).await?;
    Ok(call::uncached(call::json(StatusCode::OK, &PageJson(&page))))
}
