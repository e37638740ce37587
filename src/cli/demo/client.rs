//! Sending over HTTPS, again with the same key while the appliance is busy, and whether the answer is the one due.

use crate::cli::client::ToldProblem;
use crate::cli::demo::feed::{Due, Request};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::cli::remote::bearer;
use crate::http::request::header::{IDEMPOTENCY_KEY, IDEMPOTENCY_MISMATCH};
use crate::store::error::ErrorChain;
use crate::tls::client::client_config;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response};
use http_body_util::BodyExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest wait for one answer; after it the same event is sent again.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

/// Most times one event is sent: with the pauses about half a minute of a busy appliance.
const ATTEMPTS_MAX: u32 = 8;

/// First pause before an event is sent again; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// Longest pause, whatever `Retry-After` says.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Longest part of a problem that is shown, in characters.
const PROBLEM_LEN_MAX: usize = 200;

#[derive(Debug)]
pub(super) struct Answered {
    pub(super) request: Request,
    /// Where the event is if the answer is the one due; else what happened.
    pub(super) location: Result<String, String>,
    /// How long the last answer took.
    pub(super) latency: Option<Duration>,
}

/// Sends events. All requests share its connections.
#[derive(Debug)]
pub(super) struct DemoClient {
    http: reqwest::Client,
    address: String,
    known: HeaderValue,
    unknown: HeaderValue,
}

impl DemoClient {
    /// Makes a client for an address such as `https://127.0.0.1:8443` that trusts one authority alone and has two tokens: the
    /// demo's, and one that was never given out.
    pub(super) fn new(
        address: String,
        authority: &Path,
        known: &str,
        unknown: &str,
    ) -> Result<Self, Failure> {
        let tls = client_config(authority).map_err(|error| Failure::from_error(&error))?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .no_proxy()
            .timeout(ANSWER_TIME_MAX)
            .build()
            .map_err(|error| Failure::from_error(&error))?;
        Ok(Self { http, address, known: bearer(known)?, unknown: bearer(unknown)? })
    }

    /// Sends an event until there is another answer than 503.
    pub(super) async fn send(self: Arc<Self>, request: Request) -> Answered {
        let (mut attempts, mut pause) = (1, PAUSE);
        loop {
            let began = Instant::now();
            let wait = match self.post(&request).await {
                Ok(answer) if answer.status() != 503 || attempts == ATTEMPTS_MAX => {
                    let location = judge(&request.due, &answer, attempts);
                    return Answered { request, location, latency: Some(began.elapsed()) };
                }
                Err(error) if attempts == ATTEMPTS_MAX => {
                    let location = Err(format!("was not answered: {}", ErrorChain(&error)));
                    return Answered { request, location, latency: None };
                }
                Ok(answer) => {
                    let seconds = header(&answer, &RETRY_AFTER).and_then(|text| text.parse().ok());
                    seconds.map_or(pause, Duration::from_secs)
                }
                Err(_) => pause,
            };
            tokio::time::sleep(wait.min(PAUSE_MAX)).await;
            attempts += 1;
            pause *= 2;
        }
    }

    async fn post(&self, request: &Request) -> reqwest::Result<Response<Bytes>> {
        let post = self
            .http
            .post(format!("{}{}", self.address, request.target))
            .header(AUTHORIZATION, if request.due == Due::Refused { &self.unknown } else { &self.known })
            .header(&IDEMPOTENCY_KEY, &request.key)
            .header(CONTENT_TYPE, "application/json")
            .body(request.body.clone());
        let (parts, body) = Response::from(post.send().await?).into_parts();
        Ok(Response::from_parts(parts, body.collect().await?.to_bytes()))
    }
}

fn header<'a>(answer: &'a Response<Bytes>, name: &HeaderName) -> Option<&'a str> {
    answer.headers().get(name).and_then(|value| value.to_str().ok())
}

/// Returns code and detail of problem details (RFC 9457), fit for a terminal.
fn problem(body: &[u8]) -> String {
    let Ok(ToldProblem { code, detail, .. }) = serde_json::from_slice(body) else { return String::new() };
    let words = [code, detail].into_iter().flatten().map(|word| output::plain(&word.into()));
    words.collect::<Vec<_>>().join(": ").chars().take(PROBLEM_LEN_MAX).collect()
}

/// Returns where the event is if an answer is the one due; else what happened.
fn judge(due: &Due, answer: &Response<Bytes>, attempts: u32) -> Result<String, String> {
    let location = header(answer, &LOCATION);
    match (due, answer.status().as_u16(), location) {
        (_, 201 | 204, _) if header(answer, &IDEMPOTENCY_MISMATCH) == Some("true") => {
            Err("was taken for another event".to_owned())
        }
        (Due::Stored, 201, Some(location)) => Ok(location.to_owned()),
        // An attempt before was stored and its answer lost: exactly what the key is for.
        (Due::Stored, 204, Some(location)) if attempts > 1 => Ok(location.to_owned()),
        (Due::Repeat(first), 204, Some(location)) if location == first => Ok(location.to_owned()),
        (Due::Refused, 401, _) => Ok(String::new()),
        (Due::Repeat(first), 204, location) => {
            Err(format!("is at {first} and was answered {}", location.unwrap_or("no place")))
        }
        (_, status, _) => {
            Err(format!("was answered {status} {}", problem(answer.body())).trim_end().to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_shown_by_code_and_detail_without_control_characters() {
        let body = br#"{"title":"x","code":"draining","detail":"stops\u001b[31m","status":503}"#;
        assert_eq!(problem(body), "draining: stops\\u{1b}[31m");
        assert_eq!(problem(b"not json"), "");
        assert_eq!(problem(format!(r#"{{"detail":"{}"}}"#, "é".repeat(999)).as_bytes()).chars().count(), 200);
    }

    fn answer(status: u16, headers: &[(&str, &str)]) -> Response<Bytes> {
        let answer = Response::builder().status(status);
        let answer = headers.iter().fold(answer, |answer, (name, value)| answer.header(*name, *value));
        answer.body(Bytes::new()).unwrap()
    }

    /// What is due, status and headers of the answer, attempts, and the judgement.
    type Case<'a> = (&'a Due, u16, &'a [(&'a str, &'a str)], u32, Result<&'a str, &'a str>);

    #[test]
    fn each_request_has_one_answer_that_is_due() {
        let (seven, eight) = ("/v1/events/7", "/v1/events/8");
        let (at_seven, at_eight) = (("location", seven), ("location", eight));
        let mismatch = ("idempotency-mismatch", "true");
        let repeat = Due::Repeat(seven.to_owned());
        let cases: [Case<'_>; 13] = [
            (&Due::Stored, 201, &[at_seven], 1, Ok(seven)),
            (&Due::Stored, 204, &[at_seven], 2, Ok(seven)),
            (&Due::Stored, 204, &[at_seven], 1, Err("was answered 204")),
            (&Due::Stored, 201, &[], 1, Err("was answered 201")),
            (&Due::Stored, 507, &[], 1, Err("was answered 507")),
            (&repeat, 204, &[at_seven], 1, Ok(seven)),
            (&repeat, 201, &[at_eight], 1, Err("was answered 201")),
            (&repeat, 204, &[at_eight], 1, Err("is at /v1/events/7 and was answered /v1/events/8")),
            (&repeat, 204, &[], 1, Err("is at /v1/events/7 and was answered no place")),
            (&repeat, 204, &[at_seven, mismatch], 1, Err("was taken for another event")),
            (&Due::Stored, 201, &[at_seven, mismatch], 1, Err("was taken for another event")),
            (&Due::Refused, 401, &[], 1, Ok("")),
            (&Due::Refused, 201, &[at_eight], 1, Err("was answered 201")),
        ];
        for (due, status, headers, attempts, expected) in cases {
            let judged = judge(due, &answer(status, headers), attempts);
            let judged = judged.as_deref().map_err(String::as_str);
            assert_eq!(judged, expected, "{due:?} {status} {headers:?}");
        }
    }
}
