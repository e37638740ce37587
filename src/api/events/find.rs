//! `GET /v1/events/{seq}`.

use crate::api::events::event::EventJson;
use crate::domain::ids::Seq;
use crate::http::call::{self, Call};
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::services::reading::{ReadError, StoredEvent};
use axum::response::Response;
use http::StatusCode;

/// Answers one event.
pub(crate) async fn find_event(call: &Call<'_>) -> Result<Response, Problem> {
    let answers = call.edge.answers.clone();
    let json = find(call, move |event| answers.hold_written(call::to_json(&EventJson(&event)))).await?;
    Ok(call::uncached(call::answer(StatusCode::OK, "application/json", json)))
}

/// Finds the event that the path names and makes of it what is wanted.
pub(super) async fn find<T: Send + 'static>(
    call: &Call<'_>,
    make: impl FnOnce(StoredEvent) -> Result<T, ReadError> + Send + 'static,
) -> Result<T, Problem> {
    let seq = Seq::parse(call.param("seq")).ok_or(ReadError::NotFound)?;
    Parameters::read(call.query(), &[]).finish()?;
    Ok(call.services()?.reading.find(&call.reach().tenant, seq, make).await?)
}
