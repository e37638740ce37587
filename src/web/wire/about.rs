//! What `GET /v1` says.

use crate::services::reading::{LIMIT_DEFAULT, LIMIT_MAX};
use crate::web::options::{BATCH_EVENTS_MAX, EdgeOptions};
use crate::web::request::media::ACCEPTED_FORMATS;
use serde::Serialize;

/// Version, retention of keys, limits and accepted formats.
#[derive(Debug, Serialize)]
pub struct AboutJson<'a> {
    service: &'static str,
    version: &'static str,
    idempotency: IdempotencyJson<'a>,
    limits: LimitsJson,
    formats: &'static [&'static str],
}

#[derive(Debug, Serialize)]
struct IdempotencyJson<'a> {
    retention: &'a str,
    auto_window: &'a str,
}

#[derive(Debug, Serialize)]
struct LimitsJson {
    body_bytes_max: usize,
    batch_bytes_max: usize,
    batch_events_max: usize,
    request_timeout_ms: u128,
    list_limit_default: usize,
    list_limit_max: usize,
    idempotency_key_len_max: usize,
    attributes_len_max: usize,
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
