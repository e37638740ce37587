//! `POST /v1/events`: one event a request, its body as received.

use crate::domain::event::is_json_media_type;
use crate::domain::ids::Seq;
use crate::domain::names::check_label;
use crate::services::ingest::{Outcome, Receipt, Submission};
use crate::telemetry::metrics::{EventFormat, EventOutcome};
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::request::header::{IDEMPOTENCY_KEY, IDEMPOTENCY_MISMATCH, IDEMPOTENCY_REPLAYED, TRUE};
use crate::web::request::query::Parameters;
use crate::web::request::{body, key, media, prefer, trace};
use crate::web::wire::receipt::ReceiptJson;
use axum::body::Body;
use axum::response::Response;
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, StatusCode};

/// Takes one event in and answers with its receipt, or with where the first of its key is.
pub(super) async fn post_event(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let content_type = media::of_body(&call.parts.headers)?;
    let format = if is_json_media_type(content_type) { EventFormat::Json } else { EventFormat::Other };
    let metrics = &call.edge.metrics;
    let taken = take(call, body, content_type).await;
    let outcome = match &taken {
        Ok(Outcome::Stored(_)) => EventOutcome::Accepted,
        Ok(Outcome::Repeated { .. }) => EventOutcome::Duplicate,
        Err(_) => EventOutcome::Refused,
    };
    metrics.event_processed(outcome, format);
    taken.map(answer)
}

async fn take(call: &Call<'_>, body: &mut Body, content_type: &str) -> Result<Outcome, Problem> {
    let headers = &call.parts.headers;
    let mut submission = read_query(call.parts.uri.query())?;
    submission.content_type = Some(content_type.to_owned());
    submission.key = key::sent(headers)?;
    submission.trace_id = trace::trace_id(headers).map(str::to_owned);
    let preferences = prefer::read(headers);
    // Held until the event is durable.
    let received = body::read(body, call.body_limits()).await?;
    submission.payload = received.bytes.clone();

    let reach = call.reach();
    let outcome = call.services()?.ingest.submit(reach, submission, preferences).await?;
    // Only now: a refused event takes none of the tenant's labels.
    let meter = call.edge.metrics.tenant(reach.tenant.slug.as_str());
    match &outcome {
        Outcome::Stored(receipt) => meter.source(&receipt.source).event_stored(),
        Outcome::Repeated { source, .. } => meter.source(source).event_repeated(),
    }
    meter.event_answered(call.began.elapsed());
    Ok(outcome)
}

fn read_query(query: Option<&str>) -> Result<Submission, Problem> {
    let mut submission = Submission::default();
    if query.is_none() {
        return Ok(submission);
    }
    let mut parameters = Parameters::read(query, &["source", "type", "subject"]);
    let label = |what: &'static str| move |text: &str| check_label(what, text).map(|()| text.to_owned());
    submission.source = parameters.parse("source", label("source"));
    submission.event_type = parameters.parse("type", label("type"));
    submission.subject = parameters.parse("subject", check_subject);
    parameters.finish()?;
    Ok(submission)
}

/// A subject may be long (all attributes together have a bound) but not empty.
fn check_subject(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        return Err("is empty; hint: leave it out");
    }
    if text.chars().any(char::is_control) {
        return Err("holds a control character; hint: use printable characters only");
    }
    Ok(text.to_owned())
}

fn answer(outcome: Outcome) -> Response {
    match outcome {
        Outcome::Stored(receipt) => receipt_answer(&receipt),
        Outcome::Repeated { first, seq, key, mismatch, .. } => {
            let mut response = match first {
                Some(receipt) => receipt_answer(&receipt),
                None => repeat_answer(seq, &key),
            };
            let headers = response.headers_mut();
            headers.insert(&IDEMPOTENCY_REPLAYED, TRUE.clone());
            if mismatch {
                headers.insert(&IDEMPOTENCY_MISMATCH, TRUE.clone());
            }
            response
        }
    }
}

fn receipt_answer(receipt: &Receipt) -> Response {
    let mut response = call::json(StatusCode::CREATED, &ReceiptJson::from(receipt));
    identify(response.headers_mut(), receipt.seq, &receipt.key);
    response
}

fn repeat_answer(seq: Seq, key: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    identify(response.headers_mut(), seq, key);
    response
}

fn identify(headers: &mut HeaderMap, seq: Seq, key: &str) {
    let location = HeaderValue::from_str(&format!("/v1/events/{seq}"));
    headers.insert(LOCATION, location.expect("a path of digits is a header value"));
    headers.insert(&IDEMPOTENCY_KEY, key::shown(key));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::Slug;
    use crate::domain::time::Timestamp;

    fn receipt() -> Receipt {
        Receipt {
            seq: Seq(9),
            tenant: Slug::parse("acme").unwrap(),
            source: "pos".into(),
            event_type: "sale".into(),
            received_at: Timestamp::from_micros(1),
            key: "k".into(),
        }
    }

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
            let (source, key) = ("pos".into(), "k".into());
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

    #[test]
    fn a_query_names_source_type_and_subject_only() {
        let read = read_query(Some("source=pos%201&type=sale&subject=a/b")).unwrap();
        assert_eq!(read.source.as_deref(), Some("pos 1"));
        assert_eq!(read.event_type.as_deref(), Some("sale"));
        assert_eq!(read.subject.as_deref(), Some("a/b"));
        let problem = read_query(Some("source=&tpye=x&subject=%0a")).unwrap_err();
        let fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["tpye", "source", "subject"]);
    }
}
