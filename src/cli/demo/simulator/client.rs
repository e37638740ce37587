//! Sending over HTTPS, again with the same key while the appliance is busy, and whether the answer is the expected one.

use crate::cli::demo::simulator::feed::Step;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::store::error::ErrorChain;
use crate::tls::client::client_config;
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use reqwest::Client as HttpClient;
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

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli::demo) enum Outcome {
    /// A new event is stored there.
    Stored(String),
    /// A repeat was known, at the place of the first.
    Repeated,
    /// An unknown credential was refused.
    Refused,
    /// Anything else, in words.
    Unexpected(String),
}

/// An answer.
#[derive(Clone, Debug)]
struct Answer {
    status: u16,
    /// How often the event was sent until this answer.
    attempts: u32,
    /// Time from sending to the end of the answer, of the last attempt.
    latency: Duration,
    /// Where the event is.
    location: Option<String>,
    /// Whether the key was used before with another body.
    mismatch: bool,
    /// Code and detail of a problem.
    problem: String,
    retry_after: Option<Duration>,
}

/// Sends events. All requests share its connections.
#[derive(Debug)]
pub(in crate::cli::demo) struct Client {
    http: HttpClient,
    address: String,
    known: HeaderValue,
    unknown: HeaderValue,
}

impl Client {
    /// Makes a client for an address such as `https://127.0.0.1:8443` that trusts one authority alone and has two tokens: the
    /// demo's, and one that was never given out.
    pub(in crate::cli::demo) fn new(
        address: String,
        authority: &Path,
        known: &str,
        unknown: &str,
    ) -> Result<Self, Failure> {
        let tls = client_config(authority).map_err(|error| Failure::from_error(&error))?;
        let http = HttpClient::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .no_proxy()
            .timeout(ANSWER_TIME_MAX)
            .build()
            .map_err(|error| Failure::from_error(&error))?;
        Ok(Self { http, address, known: bearer(known), unknown: bearer(unknown) })
    }

    /// Sends an event until there is another answer than 503; returns what that means and how long it took.
    pub(in crate::cli::demo) async fn send(&self, step: &Step) -> (Outcome, Option<Duration>) {
        let (mut attempts, mut pause) = (1, PAUSE);
        loop {
            let wait = match self.post(step).await {
                Ok(answer) if answer.status != 503 || attempts == ATTEMPTS_MAX => {
                    let latency = Some(answer.latency);
                    return (judge(step, Answer { attempts, ..answer }), latency);
                }
                Err(error) if attempts == ATTEMPTS_MAX => {
                    return (unexpected(step, &format!("was not answered: {}", ErrorChain(&error))), None);
                }
                Ok(Answer { retry_after, .. }) => retry_after.unwrap_or(pause),
                Err(_) => pause,
            };
            tokio::time::sleep(wait.min(PAUSE_MAX)).await;
            attempts += 1;
            pause *= 2;
        }
    }

    /// Sends an event once.
    async fn post(&self, step: &Step) -> reqwest::Result<Answer> {
        let sample = step.sample();
        let began = Instant::now();
        let request = self
            .http
            .post(format!("{}{}", self.address, sample.target()))
            .header(AUTHORIZATION, if matches!(step, Step::Unknown(_)) { &self.unknown } else { &self.known })
            .header("idempotency-key", &sample.key)
            .header(CONTENT_TYPE, "application/json")
            .body(sample.body.clone());
        let response = request.send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await?;
        let retry_after = text(&headers, RETRY_AFTER.as_str()).and_then(|text| text.parse().ok());
        Ok(Answer {
            status,
            attempts: 1,
            latency: began.elapsed(),
            location: text(&headers, LOCATION.as_str()).map(str::to_owned),
            mismatch: text(&headers, "idempotency-mismatch") == Some("true"),
            problem: if status < 400 { String::new() } else { problem(&body) },
            retry_after: retry_after.map(Duration::from_secs),
        })
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

/// Tells whether an answer is the expected one.
fn judge(step: &Step, answer: Answer) -> Outcome {
    match (step, answer.status, answer.location) {
        (_, 201 | 204, _) if answer.mismatch => unexpected(step, "was taken for another event"),
        (Step::New(_), 201, Some(location)) => Outcome::Stored(location),
        // An attempt before was stored and its answer lost: exactly what the key is for.
        (Step::New(_), 204, Some(location)) if answer.attempts > 1 => Outcome::Stored(location),
        (Step::Repeat(_, first), 204, Some(location)) if location == *first => Outcome::Repeated,
        (Step::Unknown(_), 401, _) => Outcome::Refused,
        (Step::Repeat(_, first), 204, location) => {
            let location = location.as_deref().unwrap_or("no place");
            unexpected(step, &format!("is at {first} and was answered {location}"))
        }
        (_, status, _) => unexpected(step, format!("was answered {status} {}", answer.problem).trim_end()),
    }
}

fn unexpected(step: &Step, happened: &str) -> Outcome {
    let what = match step {
        Step::New(_) => "new",
        Step::Repeat(..) => "repeated",
        Step::Unknown(_) => "unauthorized",
    };
    let sample = step.sample();
    Outcome::Unexpected(format!("the {what} {} {} {happened}", sample.event_type, sample.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::demo::simulator::feed::Feed;
    use crate::domain::time::Timestamp;
    use std::sync::Arc;

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

    fn answer(status: u16, location: Option<&str>) -> Answer {
        let (latency, location) = (Duration::from_millis(1), location.map(str::to_owned));
        Answer {
            status,
            attempts: 1,
            latency,
            location,
            mismatch: false,
            problem: String::new(),
            retry_after: None,
        }
    }

    fn steps() -> [Step; 3] {
        let (Step::New(sample) | Step::Repeat(sample, _) | Step::Unknown(sample)) =
            Feed::new(1, 1).next(Timestamp::from_micros(1));
        let repeat = Step::Repeat(Arc::clone(&sample), "/v1/events/7".into());
        [Step::New(Arc::clone(&sample)), repeat, Step::Unknown(sample)]
    }

    fn is_unexpected(step: &Step, answer: Answer) -> bool {
        matches!(judge(step, answer), Outcome::Unexpected(_))
    }

    #[test]
    fn a_new_event_is_due_201_or_after_a_lost_answer_204() {
        let [new, _, _] = steps();
        let stored = Outcome::Stored("/v1/events/7".into());
        assert_eq!(judge(&new, answer(201, Some("/v1/events/7"))), stored);
        let again = Answer { attempts: 2, ..answer(204, Some("/v1/events/7")) };
        assert_eq!(judge(&new, again), stored);
        assert!(is_unexpected(&new, answer(204, Some("/v1/events/7"))));
        assert!(is_unexpected(&new, answer(201, None)));
        assert!(is_unexpected(&new, answer(507, None)));
    }

    #[test]
    fn a_repeat_is_due_204_with_the_place_of_the_first() {
        let [_, repeat, _] = steps();
        assert_eq!(judge(&repeat, answer(204, Some("/v1/events/7"))), Outcome::Repeated);
        assert!(is_unexpected(&repeat, answer(201, Some("/v1/events/8"))));
        assert!(is_unexpected(&repeat, answer(204, Some("/v1/events/8"))));
        assert!(is_unexpected(&repeat, answer(204, None)));
        assert!(is_unexpected(&repeat, Answer { mismatch: true, ..answer(204, Some("/v1/events/7")) }));
    }

    #[test]
    fn an_unknown_credential_is_due_401() {
        let [_, _, unknown] = steps();
        assert_eq!(judge(&unknown, answer(401, None)), Outcome::Refused);
        assert!(is_unexpected(&unknown, answer(201, Some("/v1/events/8"))));
    }

    #[test]
    fn what_was_unexpected_is_told_with_the_documents_number() {
        let [new, _, _] = steps();
        let Outcome::Unexpected(told) = judge(&new, answer(507, None)) else { panic!("507 is unexpected") };
        assert!(
            told.starts_with("the new ") && told.ends_with(&format!("{} was answered 507", new.sample().key))
        );
        let Outcome::Unexpected(told) = unexpected(&new, "was not answered: connection refused") else {
            panic!()
        };
        assert!(told.starts_with("the new ") && told.ends_with(" was not answered: connection refused"));
    }
}
