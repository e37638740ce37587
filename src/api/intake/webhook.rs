//! `POST /in/{tenant}/{source}` and `POST /pos/{source}/ingest`: deliveries of registered sources, each one event with
//! its body as received.
//!
//! What can be refused without the body is refused before it is read: that the source is there and that the headers of
//! its signature are. The signature is checked over the bytes received, and only then is anything in them read.

use crate::api::intake::named::Named;
use crate::api::intake::single;
use crate::domain::event::is_json_media_type;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::scheme::read::DeliveryId;
use crate::domain::source::{AutomaticKeys, Source, Unsigned};
use crate::http::call::{self, Call};
use crate::http::problem::{Hint, Problem};
use crate::http::request::header::{self, X_TENANT_ID};
use crate::http::request::{body, key, media, trace};
use crate::services::ingest::{KeyChoice, Outcome, Payload, Submission};
use crate::services::sources::TenantSource;
use crate::services::webhooks::Delivery;
use crate::telemetry::metrics::EventFormat;
use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use std::sync::Arc;

/// The tenant of a delivery to `/pos` that names none.
const DEFAULT_SLUG: &str = "default";

/// What proves who sent a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Signature,
    /// The token, which the route table has checked.
    Token,
}

/// What became of a delivery.
enum Taken {
    Event(Outcome),
    Challenge(String),
}

/// Takes a signed delivery in; tenant and source stand in the path.
pub(crate) async fn post_webhook(call: &Call<'_>) -> Result<Response, Problem> {
    let body = call.body();
    let to = call.services()?.webhooks.find(call.param("tenant"), call.param("source"))?;
    receive(call, body, &to, Proof::Signature).await
}

/// Takes a delivery of a point of sale in; the source stands in the path and the tenant in `X-Tenant-Id`. A token, a
/// signature or both: each that is there must hold.
pub(crate) async fn post_terminal(call: &Call<'_>) -> Result<Response, Problem> {
    let body = call.body();
    let source = call.param("source");
    let webhooks = &call.services()?.webhooks;
    let headers = &call.parts.headers;
    if let Some(reach) = call.reach {
        let to = webhooks.find_of(&reach.tenant, source)?;
        let proof = if webhooks.is_signed(&to, headers) { Proof::Signature } else { Proof::Token };
        return receive(call, body, &to, proof).await;
    }
    let tenant = header::text(headers, &X_TENANT_ID)?.unwrap_or(DEFAULT_SLUG);
    let to = webhooks.find(tenant, source)?;
    let received = receive(call, body, &to, Proof::Signature).await;
    received.map_err(|problem| match problem.hint {
        Hint::Sign => problem.with_hint(Hint::SignOrAuthenticate),
        _ => problem,
    })
}

async fn receive(
    call: &Call<'_>,
    body: &mut Body,
    to: &TenantSource,
    proof: Proof,
) -> Result<Response, Problem> {
    call.note_tenant(&to.tenant);
    if proof == Proof::Signature {
        call.gate.expect_signature(to)?;
    }
    let content_type = media::of_payload(&call.parts.headers)?;
    let format = if is_json_media_type(content_type) { EventFormat::Json } else { EventFormat::Other };
    match take(call, body, to, proof, content_type).await {
        Ok(Taken::Event(outcome)) => single::answered(call, format, Ok(outcome)),
        Ok(Taken::Challenge(text)) => {
            Ok(call::uncached(call::answer(StatusCode::OK, "text/plain; charset=utf-8", text)))
        }
        Err(problem) => single::answered(call, format, Err(problem)),
    }
}

async fn take(
    call: &Call<'_>,
    body: &mut Body,
    to: &TenantSource,
    proof: Proof,
    content_type: &str,
) -> Result<Taken, Problem> {
    let headers = &call.parts.headers;
    if proof == Proof::Signature {
        call.services()?.webhooks.check_headers(to, headers)?;
    }
    let named = Named::read(call.query(), &["type", "subject"])?;
    let sent_key = key::sent(headers)?;
    // Held until the event is durable.
    let received = body::read(body, call.body_limits()).await?;
    let (id, event_type) = match proof {
        Proof::Token => (None, None),
        Proof::Signature => {
            let checked = call.services()?.webhooks.authenticate(to, headers, &received.bytes).await;
            call.gate.note_signature(&to.source, &checked);
            let checked = checked?;
            if call.services()?.webhooks.asks_signature(to) {
                call.gate.charge_tenant(&to.tenant)?;
            }
            match checked {
                Delivery::Event { id, event_type } => (id, event_type),
                Delivery::Challenge(text) => return Ok(Taken::Challenge(text)),
            }
        }
    };
    let source = &to.source;
    let submission = Submission {
        source: source.name.as_str().to_owned(),
        event_type: event_type.or(named.event_type).or_else(|| source.default_type.clone()),
        subject: named.subject,
        content_type: Some(content_type.to_owned()),
        key: choose_key(source, id, sent_key),
        trace_id: trace::trace_id(headers).map(str::to_owned),
        // A provider would only send it again: whatever was signed is taken, JSON or not.
        payload: Payload::Decoded(received.bytes.clone()),
        ..Submission::default()
    };
    single::submit(call, &Arc::clone(&to.tenant), submission).await.map(Taken::Event)
}

/// Chooses the key under which repeats of a delivery are known: an id that the signature covers, else a key that was
/// sent, else an id. What is sent without any signature counts for its source alone, so that nobody can use up keys of
/// others.
fn choose_key(source: &Source, id: Option<DeliveryId>, sent: Option<IdempotencyKey>) -> KeyChoice {
    match (id, sent) {
        (Some(id), sent) if id.is_signed || sent.is_none() => KeyChoice::Delivered(id.key),
        (_, Some(sent)) if source.unsigned == Unsigned::Allowed => KeyChoice::Delivered(sent),
        (_, Some(sent)) => KeyChoice::Sent(sent),
        (_, None) => match source.automatic_keys {
            AutomaticKeys::On => KeyChoice::Automatic,
            AutomaticKeys::Off => KeyChoice::None,
        },
    }
}
