//! Sending over HTTPS, again with the same key while the appliance is busy.

use crate::cli::demo::feed::Delivery;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::store::error::ErrorChain;
use crate::tls::client::client_config;
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use reqwest::Client;
use serde_json::Value;
use std::path::Path;
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

/// Whose credential a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// The demo's token.
    Known,
    /// A token of the right form that was never given out.
    Unknown,
}

/// An answer, or why there was none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// Status.
    pub(super) status: u16,
    /// How often the event was sent until this answer.
    pub(super) attempts: u32,
    /// Time from sending to the end of the answer, of the last attempt.
    pub(super) latency: Duration,
    /// Where the event is.
    pub(super) location: Option<String>,
    /// Whether the key was used before with another body.
    pub(super) mismatch: bool,
    /// Code and detail of a problem.
    pub(super) problem: String,
}

/// Sends events. All requests share its connections.
#[derive(Debug)]
pub(super) struct Sender {
    client: Client,
    address: String,
    known: HeaderValue,
    unknown: HeaderValue,
}

impl Sender {
    /// Makes a sender to an address such as `https://127.0.0.1:8443` that trusts one authority alone.
    pub(super) fn new(
        address: String,
        authority: &Path,
        known: &str,
        unknown: &str,
    ) -> Result<Self, Failure> {
        let tls = client_config(authority).map_err(|error| Failure::from_error(&error))?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .no_proxy()
            .timeout(ANSWER_TIME_MAX)
            .build()
            .map_err(|error| Failure::from_error(&error))?;
        Ok(Self { client, address, known: bearer(known), unknown: bearer(unknown) })
    }

    /// Sends an event until there is another answer than 503; says why when there is none.
    pub(super) async fn send(&self, delivery: &Delivery, credential: Credential) -> Result<Answer, String> {
        let (mut attempts, mut pause) = (1, PAUSE);
        loop {
            let wait = match self.post(delivery, credential).await {
                Ok((answer, _)) if answer.status != 503 || attempts == ATTEMPTS_MAX => {
                    return Ok(Answer { attempts, ..answer });
                }
                Err(error) if attempts == ATTEMPTS_MAX => return Err(ErrorChain(&error).to_string()),
                Ok((_, retry_after)) => retry_after.unwrap_or(pause),
                Err(_) => pause,
            };
            tokio::time::sleep(wait.min(PAUSE_MAX)).await;
            attempts += 1;
            pause *= 2;
        }
    }

    /// Sends an event once; returns the answer and what `Retry-After` asks for.
    async fn post(
        &self,
        delivery: &Delivery,
        credential: Credential,
    ) -> reqwest::Result<(Answer, Option<Duration>)> {
        let authorization = match credential {
            Credential::Known => &self.known,
            Credential::Unknown => &self.unknown,
        };
        let began = Instant::now();
        let request = self
            .client
            .post(format!("{}{}", self.address, delivery.target()))
            .header(AUTHORIZATION, authorization)
            .header("idempotency-key", &delivery.key)
            .header(CONTENT_TYPE, "application/json")
            .body(delivery.body.clone());
        let response = request.send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await?;
        let answer = Answer {
            status,
            attempts: 1,
            latency: began.elapsed(),
            location: text(&headers, LOCATION.as_str()).map(str::to_owned),
            mismatch: text(&headers, "idempotency-mismatch") == Some("true"),
            problem: if status < 400 { String::new() } else { problem(&body) },
        };
        let seconds = text(&headers, RETRY_AFTER.as_str()).and_then(|text| text.parse().ok());
        Ok((answer, seconds.map(Duration::from_secs)))
    }
}

fn bearer(token: &str) -> HeaderValue {
    let mut value =
        HeaderValue::from_str(&format!("Bearer {token}")).expect("a token's text is a header value");
    value.set_sensitive(true);
    value
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Returns code and detail of problem details (RFC 9457), fit for a terminal.
fn problem(body: &[u8]) -> String {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return String::new() };
    let words = ["code", "detail"].into_iter().filter_map(|name| fields.get(name));
    let text = words.map(output::plain).collect::<Vec<_>>().join(": ");
    text.chars().take(PROBLEM_LEN_MAX).collect()
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

    #[test]
    fn a_credential_does_not_show_itself() {
        assert_eq!(format!("{:?}", bearer("mst_a_b")), "Sensitive");
    }
}
