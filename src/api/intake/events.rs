//! `POST /v1/events`: by its media type a body is one event or many.

use crate::api::intake::named::Named;
use crate::api::intake::{batch, binary, cloudevent, lines, single};
use crate::domain::event::is_json_media_type;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::request::media::BodyFormat;
use crate::http::request::query::Parameters;
use crate::http::request::{body, key, media, trace};
use crate::services::ingest::{KeyChoice, Outcome, Payload, Submission};
use crate::telemetry::metrics::EventFormat;
use axum::body::Body;
use axum::response::Response;

/// Takes events in and answers with their receipts, or with where the first of a key is.
pub(crate) async fn post_events(call: &Call<'_>) -> Result<Response, Problem> {
    let body = call.body();
    // Boxed, so that the many plain events do not carry the room that the others need.
    let (format, taken) = match media::format_of(&call.parts.headers)? {
        BodyFormat::CloudEvents => return Box::pin(batch::take(call, body)).await,
        BodyFormat::Lines => return Box::pin(lines::take(call, body)).await,
        BodyFormat::CloudEvent => (EventFormat::CloudEvent, Box::pin(take_structured(call, body)).await),
        BodyFormat::CloudEventData(content_type) => {
            (EventFormat::CloudEvent, Box::pin(take_binary(call, body, content_type)).await)
        }
        BodyFormat::Payload(content_type) => {
            let json = is_json_media_type(content_type);
            let format = if json { EventFormat::Json } else { EventFormat::Other };
            (format, take_plain(call, body, content_type).await)
        }
    };
    single::answered(call, format, taken)
}

/// Takes the body as one event's payload.
async fn take_plain(call: &Call<'_>, body: &mut Body, content_type: &str) -> Result<Outcome, Problem> {
    let headers = &call.parts.headers;
    let named = Named::read(call.query(), &["source", "type", "subject"])?;
    let reach = call.reach();
    let key = key::sent(headers)?.map_or(KeyChoice::Automatic, KeyChoice::Sent);
    // Held until the event is durable.
    let received = body::read(body, call.body_limits()).await?;
    let submission = Submission {
        source: named.source.unwrap_or_else(|| reach.holder.name().to_owned()),
        event_type: named.event_type,
        subject: named.subject,
        content_type: Some(content_type.to_owned()),
        key,
        trace_id: trace::trace_id(headers).map(str::to_owned),
        payload: Payload::Received(received.bytes.clone()),
        ..Submission::default()
    };
    single::submit(call, &reach.tenant, submission).await
}

/// Takes a CloudEvent whose attributes stand in headers.
async fn take_binary(
    call: &Call<'_>,
    body: &mut Body,
    content_type: Option<&str>,
) -> Result<Outcome, Problem> {
    let event = binary::read(&call.parts.headers, content_type)?;
    let key = key_of_event(call)?;
    let received = body::read(body, call.body_limits()).await?;
    let bytes = received.bytes.clone();
    let payload = if bytes.is_empty() { Payload::Absent } else { Payload::Received(bytes) };
    take_event(call, Submission { key, payload, ..event }).await
}

async fn take_structured(call: &Call<'_>, body: &mut Body) -> Result<Outcome, Problem> {
    let key = key_of_event(call)?;
    let received = body::read(body, call.body_limits()).await?;
    let document = received.bytes.clone();
    let read = move || cloudevent::read(&document);
    let event = call.services()?.ingest.beside(received.bytes.len(), read).await??;
    take_event(call, Submission { key, ..event }).await
}

/// A CloudEvent says all about itself: the query has nothing to add. Its key is the one sent, else source and id.
fn key_of_event(call: &Call<'_>) -> Result<KeyChoice, Problem> {
    Parameters::read(call.query(), &[]).finish()?;
    Ok(key::sent(&call.parts.headers)?.map_or(KeyChoice::SourceAndId, KeyChoice::Sent))
}

async fn take_event(call: &Call<'_>, event: Submission) -> Result<Outcome, Problem> {
    let trace_id = event.trace_id.or_else(|| trace::trace_id(&call.parts.headers).map(str::to_owned));
    single::submit(call, &call.reach().tenant, Submission { trace_id, ..event }).await
}
