//! `POST /v1/events`: by its media type a body is one event or many.

use crate::domain::event::is_json_media_type;
use crate::domain::names::{check_label, check_text};
use crate::services::ingest::{KeyChoice, Outcome, Payload, Submission};
use crate::telemetry::metrics::EventFormat;
use crate::web::call::Call;
use crate::web::intake::single;
use crate::web::problem::Problem;
use crate::web::request::query::Parameters;
use crate::web::request::{body, key, media, trace};
use axum::body::Body;
use axum::response::Response;

/// Takes events in and answers with their receipts, or with where the first of a key is.
pub(in crate::web) async fn post_events(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let content_type = media::of_body(&call.parts.headers)?;
    let format = if is_json_media_type(content_type) { EventFormat::Json } else { EventFormat::Other };
    let taken = take_plain(call, body, content_type).await;
    single::answered(call, format, taken)
}

/// Takes the body as one event's payload.
async fn take_plain(call: &Call<'_>, body: &mut Body, content_type: &str) -> Result<Outcome, Problem> {
    let headers = &call.parts.headers;
    let named = Named::read(call.parts.uri.query())?;
    let reach = call.reach();
    let key = key::sent(headers)?.map_or(KeyChoice::Automatic, KeyChoice::Sent);
    // Held until the event is durable.
    let received = body::read(body, call.body_limits()).await?;
    let submission = Submission {
        source: named.source.unwrap_or_else(|| reach.token.name.clone()),
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

/// What the query says of events that do not say it themselves.
#[derive(Debug, Default)]
struct Named {
    source: Option<String>,
    event_type: Option<String>,
    subject: Option<String>,
}

impl Named {
    fn read(query: Option<&str>) -> Result<Self, Problem> {
        if query.is_none() {
            return Ok(Self::default());
        }
        let mut parameters = Parameters::read(query, &["source", "type", "subject"]);
        let label = |what: &'static str| move |text: &str| check_label(what, text).map(|()| text.to_owned());
        let named = Self {
            source: parameters.parse("source", label("source")),
            event_type: parameters.parse("type", label("type")),
            // It may be long (all attributes together have a bound) but not empty.
            subject: parameters
                .parse("subject", |text| check_text("subject", text).map(|()| text.to_owned())),
        };
        parameters.finish()?;
        Ok(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_source_type_and_subject_only() {
        let read = Named::read(Some("source=pos%201&type=sale&subject=a/b")).unwrap();
        assert_eq!(read.source.as_deref(), Some("pos 1"));
        assert_eq!(read.event_type.as_deref(), Some("sale"));
        assert_eq!(read.subject.as_deref(), Some("a/b"));
        let problem = Named::read(Some("source=&tpye=x&subject=%0a")).unwrap_err();
        let fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["tpye", "source", "subject"]);
    }
}
