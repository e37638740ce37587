//! One event, and the answer to it.

use crate::api::intake::receipt::ReceiptJson;
use crate::domain::tenant::Tenant;
use crate::http::call::{self, Call};
use crate::http::problem::Problem;
use crate::http::request::header::{IDEMPOTENCY_KEY, IDEMPOTENCY_MISMATCH, IDEMPOTENCY_REPLAYED, TRUE};
use crate::http::request::{key, prefer};
use crate::services::ingest::{Outcome, Submission};
use crate::telemetry::metrics::{EventFormat, EventOutcome};
use axum::response::Response;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use std::sync::Arc;

/// Takes an event of the tenant in, as the request's `Prefer` wants it, and measures it.
pub(super) async fn submit(
    call: &Call<'_>,
    tenant: &Arc<Tenant>,
    submission: Submission,
) -> Result<Outcome, Problem> {
    let preferences = prefer::read(&call.parts.headers);
    let outcome = call.services()?.ingest.submit(tenant, submission, preferences).await?;
    // Only now: a refused event takes none of the tenant's labels.
    let meter = call.edge.metrics.intake.tenant(tenant.slug.as_str());
    match &outcome {
        Outcome::Stored(receipt) => meter.source(&receipt.source).events_stored(1),
        Outcome::Repeated { source, .. } => meter.source(source).events_repeated(1),
    }
    meter.event_answered(call.began.elapsed());
    Ok(outcome)
}

/// Counts what became of an event and makes the answer.
pub(super) fn answered(
    call: &Call<'_>,
    format: EventFormat,
    taken: Result<Outcome, Problem>,
) -> Result<Response, Problem> {
    let outcome = match &taken {
        Ok(Outcome::Stored(_)) => EventOutcome::Accepted,
        Ok(Outcome::Repeated { .. }) => EventOutcome::Duplicate,
        Err(_) => EventOutcome::Refused,
    };
    call.edge.metrics.intake.events_processed(outcome, format, 1);
    taken.map(answer)
}

fn answer(outcome: Outcome) -> Response {
    let (mut response, seq, key) = match &outcome {
        Outcome::Stored(receipt) | Outcome::Repeated { first: Some(receipt), .. } => {
            let response = call::json(StatusCode::CREATED, &ReceiptJson::from(receipt));
            (response, receipt.seq, receipt.key.as_ref())
        }
        Outcome::Repeated { first: None, seq, key, .. } => (call::no_content(), *seq, key.as_ref()),
    };
    let headers = response.headers_mut();
    let location = HeaderValue::from_str(&format!("/v1/events/{seq}"));
    headers.insert(LOCATION, location.expect("a path of digits is a header value"));
    if let Some(key) = key {
        headers.insert(&IDEMPOTENCY_KEY, key::shown(key.as_str()));
    }
    if let Outcome::Repeated { mismatch, .. } = outcome {
        headers.insert(&IDEMPOTENCY_REPLAYED, TRUE.clone());
        if mismatch {
            headers.insert(&IDEMPOTENCY_MISMATCH, TRUE.clone());
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::intake::receipt::tests::receipt;
    use crate::domain::idempotency::IdempotencyKey;
    use crate::domain::ids::Seq;

    fn head(response: &Response, name: &str) -> Option<String> {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_new_event_is_answered_201_with_its_place() {
        let response = answer(Outcome::Stored(receipt()));
        assert_eq!(response.status(), 201);
        assert_eq!(head(&response, "location").unwrap(), "/v1/events/9");
        assert_eq!(head(&response, "idempotency-key").unwrap(), "k");
        assert_eq!(head(&response, "idempotency-replayed"), None);
    }

    #[test]
    fn a_repeat_is_answered_204_or_with_the_first_receipt() {
        let repeated = |first, mismatch| {
            let (source, key) = ("pos".into(), IdempotencyKey::parse("k").ok());
            answer(Outcome::Repeated { first, seq: Seq(9), source, key, mismatch })
        };
        let plain = repeated(None, false);
        assert_eq!(
            (plain.status().as_u16(), head(&plain, "location").unwrap()),
            (204, "/v1/events/9".into())
        );
        assert_eq!(head(&plain, "idempotency-replayed").unwrap(), "true");
        assert_eq!(head(&plain, "idempotency-mismatch"), None);
        let other = repeated(Some(receipt()), true);
        assert_eq!(
            (other.status().as_u16(), head(&other, "idempotency-mismatch").unwrap()),
            (201, "true".into())
        );
        assert_eq!(head(&other, "idempotency-replayed").unwrap(), "true");
    }
}
