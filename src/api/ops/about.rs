//! `GET /v1` and `GET /ca.pem`.

use crate::api::tags;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::operation::{Answer, Content, Operation};
use crate::http::options::{BATCH_EVENTS_MAX, EdgeOptions};
use crate::http::problem::Problem;
use crate::http::request::media::ACCEPTED_FORMATS;
use crate::http::route::{Answered, Handler, Route, When, Who};
use crate::http::schemas::text;
use crate::services::reading::{LIMIT_DEFAULT, LIMIT_MAX};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

/// Version, retention of keys, limits and accepted formats.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "About")]
pub(super) struct AboutJson<'a> {
    /// Always `mainstay`.
    service: &'static str,
    /// The program's version.
    version: &'static str,
    /// How long idempotency keys are remembered.
    idempotency: IdempotencyJson<'a>,
    /// Limits of requests.
    limits: LimitsJson,
    /// Media types that `POST /v1/events` reads; `*/*` is any payload.
    #[schemars(with = "Vec<String>")]
    formats: &'static [&'static str],
}

/// How long idempotency keys are remembered.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "KeyRetention")]
struct IdempotencyJson<'a> {
    /// Keys that were sent, such as `30d`, or `never ends`.
    retention: &'a str,
    /// Keys made of the content, such as `1h`.
    auto_window: &'a str,
}

/// Limits of requests.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Limits")]
struct LimitsJson {
    /// Largest event in bytes.
    body_bytes_max: usize,
    /// Largest batch in bytes.
    batch_bytes_max: usize,
    /// Most events of a batch.
    batch_events_max: usize,
    /// Milliseconds for receiving a body and again for answering; for streams the longest pause.
    #[schemars(with = "u64")]
    request_timeout_ms: u128,
    /// Events of a page when nothing is said.
    list_limit_default: usize,
    /// Most events of a page.
    list_limit_max: usize,
    /// Longest idempotency key in characters.
    idempotency_key_len_max: usize,
    /// Most bytes of an event's attributes together.
    attributes_len_max: usize,
    /// Deepest nesting of JSON.
    json_depth_max: usize,
}

impl<'a> From<&'a EdgeOptions> for AboutJson<'a> {
    fn from(options: &'a EdgeOptions) -> Self {
        Self {
            service: "mainstay",
            version: env!("CARGO_PKG_VERSION"),
            idempotency: IdempotencyJson {
                retention: &options.key_retention,
                auto_window: &options.auto_key_window,
            },
            limits: LimitsJson {
                body_bytes_max: options.body_bytes_max,
                batch_bytes_max: options.batch_bytes_max(),
                batch_events_max: BATCH_EVENTS_MAX,
                request_timeout_ms: options.request_timeout.as_millis(),
                list_limit_default: LIMIT_DEFAULT,
                list_limit_max: LIMIT_MAX,
                idempotency_key_len_max: crate::domain::idempotency::KEY_LEN_MAX,
                attributes_len_max: crate::domain::event::ATTRIBUTES_LEN_MAX,
                json_depth_max: crate::domain::json::DEPTH_MAX,
            },
            formats: ACCEPTED_FORMATS,
        }
    }
}

/// Answers version, retention of keys, limits and accepted formats.
pub(crate) fn show_about(call: &Call<'_>) -> Answered {
    Ok(call::json(StatusCode::OK, &AboutJson::from(call.options)))
}

/// Answers the certificate that clients need to trust this appliance.
pub(crate) fn show_authority(call: &Call<'_>) -> Result<Response, Problem> {
    let pem = (call.edge.authority_pem)().ok_or_else(|| {
        let detail = "there is no own authority here; hint: the server's certificate is the operator's own";
        Problem::new(Code::NoAuthority, detail)
    })?;
    Ok(call::answer(StatusCode::OK, "application/x-pem-file", Bytes::copy_from_slice(pem.as_bytes())))
}

static ABOUT: Operation = Operation::new(
    &tags::ABOUT,
    "showAbout",
    "Gives version, retention of keys, limits and accepted formats",
)
.answers::<AboutJson<'static>>("What holds here.");

static AUTHORITY: Operation =
    Operation::new(&tags::ABOUT, "showAuthority", "Gives the authority's certificate")
        .detail("Clients that trust it trust this appliance.")
        .answer(Answer::of(200, "The certificate in PEM.", &[Content::of("application/x-pem-file", text)]))
        .refuses(&[Code::NoAuthority]);

pub(crate) static ROUTES: &[Route] = &[
    Route::get("/v1", Who::Anyone, Handler::Now(show_about), &ABOUT).when(When::Started),
    Route::get("/ca.pem", Who::Anyone, Handler::Now(show_authority), &AUTHORITY).when(When::Started),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_the_ones_in_force() {
        let options = EdgeOptions { body_bytes_max: 77, ..EdgeOptions::default() };
        let about = serde_json::to_value(AboutJson::from(&options)).unwrap();
        assert_eq!(about["limits"]["body_bytes_max"], 77);
        assert_eq!(about["idempotency"]["retention"], "30d");
        assert_eq!(about["formats"][0], "application/json");
    }
}
