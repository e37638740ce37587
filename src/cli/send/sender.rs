//! Sending one request until every record is answered, again and again while the appliance or the way to it fails.

use crate::cli::exit::Failure;
use crate::cli::send::answer::{Answer, Reason};
use crate::cli::send::batch::Outcome;
use crate::cli::send::document::CLOUD_EVENT;
use crate::cli::send::progress::Progress;
use crate::cli::send::request::{LINES, Request};
use crate::cli::send::target::Target;
use crate::domain::retry::{Backoff, parse_retry_after};
use crate::domain::time::format_duration;
use crate::http::request::header::{IDEMPOTENCY_KEY, IDEMPOTENCY_MISMATCH};
use crate::platform::clock::Clock;
use crate::platform::entropy::{Entropy, array};
use crate::platform::locks::lock;
use crate::store::error::ErrorChain;
use crate::tls::client::is_untrusted;
use http::HeaderName;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::Response;
use serde::Deserialize;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Pauses between attempts: short enough that a restart of the appliance costs little, long enough to leave it alone.
const BACKOFF: Backoff = Backoff { base: Duration::from_millis(200), cap: Duration::from_secs(30) };

/// Longest time in which nothing moves; the appliance gives up earlier, unless the way to it is gone.
const STILL_TIME_MAX: Duration = Duration::from_mins(2);

/// Shortest time between two remarks on what fails.
const REMARK_EVERY: Duration = Duration::from_secs(10);

/// Longest body that is read; the answers to the most lines of a request are shorter.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Sends requests. Shared by all that are in flight.
#[derive(Debug)]
pub(super) struct Sender {
    target: Target,
    give_up_after: Duration,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    progress: Progress,
    /// Held only while it is read or changed.
    shared: Mutex<Shared>,
}

/// What all requests in flight know of each other.
#[derive(Debug)]
struct Shared {
    answered: Instant,
    remarked: Option<Instant>,
    /// Smallest place in the ledger that this send was given.
    first_seq: Option<u64>,
}

/// Why an attempt did not settle everything.
#[derive(Debug)]
enum Hitch {
    /// It may work later, and not before a time that was named.
    Later(String, Option<Duration>),
    /// It never will.
    Never(Failure),
}

impl Hitch {
    fn later(why: impl Into<String>) -> Self {
        Self::Later(why.into(), None)
    }
}

impl From<String> for Hitch {
    fn from(why: String) -> Self {
        Self::later(why)
    }
}

impl Sender {
    pub(super) fn new(
        target: Target,
        give_up_after: Duration,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        progress: Progress,
    ) -> Self {
        let shared = Shared { answered: Instant::now(), remarked: None, first_seq: None };
        Self { target, give_up_after, clock, entropy, progress, shared: Mutex::new(shared) }
    }

    /// Sends a request until every record is answered.
    pub(super) async fn send(&self, mut request: Request) -> Result<Request, Failure> {
        let mut pause = Duration::ZERO;
        loop {
            let due = request.batch.due();
            if due == 0 {
                return Ok(request);
            }
            let hitch = match self.attempt(&mut request).await {
                Ok(()) => Hitch::later("some lines were not answered"),
                Err(hitch) => hitch,
            };
            let left = request.batch.due();
            match hitch {
                Hitch::Never(failure) => return Err(failure),
                Hitch::Later(..) if left == 0 => {}
                Hitch::Later(why, floor) => {
                    let previous = if left < due { Duration::ZERO } else { pause };
                    pause = self.wait(&why, previous, floor).await?;
                }
            }
        }
    }

    /// Waits before the next attempt and returns for how long; fails when nothing was answered for too long.
    async fn wait(
        &self,
        why: &str,
        previous: Duration,
        floor: Option<Duration>,
    ) -> Result<Duration, Failure> {
        let random = u64::from_le_bytes(array(&*self.entropy));
        let pause = BACKOFF.pause(previous, random).max(floor.unwrap_or_default());
        let patience = {
            let mut shared = self.shared();
            let patience = self.give_up_after.saturating_sub(shared.answered.elapsed());
            if patience.is_zero() {
                let time = format_duration(self.give_up_after);
                return Err(Failure::Failed(format!("nothing was answered for {time}: {why}")));
            }
            if shared.remarked.is_none_or(|at| at.elapsed() >= REMARK_EVERY) {
                shared.remarked = Some(Instant::now());
                self.progress.note(&format!("{why}; trying again"));
            }
            patience
        };
        tokio::time::sleep(pause.min(patience)).await;
        Ok(pause)
    }

    async fn attempt(&self, request: &mut Request) -> Result<(), Hitch> {
        request.attempts += 1;
        let mut url = self.target.url.clone();
        if request.media_type == CLOUD_EVENT {
            // It says all about itself, and the appliance takes no other word for it.
            url.set_query(None);
        }
        let post = self.target.client.post(url).headers(self.target.headers.clone());
        let post = post.header(&IDEMPOTENCY_KEY, request.key()).header(CONTENT_TYPE, request.media_type);
        let response = moving(post.body(request.body()).send()).await?;
        if request.is_lines() {
            return self.read_lines(response, request).await;
        }
        let answer = self.read_event(response).await?;
        self.settle(request, answer)
    }

    /// Reads the answers to lines. Those that came before the connection broke count.
    async fn read_lines(&self, response: Response, request: &mut Request) -> Result<(), Hitch> {
        if response.status() != 200 {
            return Err(self.judge(response).await);
        }
        if !text(&response, &CONTENT_TYPE).starts_with(LINES) {
            return Err(foreign(&response));
        }
        let (body, ended) = body(response).await;
        let complete = body.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let (lines, torn) = body.split_at(complete);
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            self.settle(request, Answer::read(line)?)?;
        }
        ended?;
        if !torn.trim_ascii().is_empty() {
            return Err(Hitch::later("the answer ended in the middle of a line"));
        }
        Ok(())
    }

    async fn read_event(&self, response: Response) -> Result<Answer, Hitch> {
        #[derive(Deserialize)]
        struct Receipt {
            seq: u64,
        }
        let status = response.status().as_u16();
        match status {
            201 => {
                let (body, ended) = body(response).await;
                ended?;
                let receipt = serde_json::from_slice::<Receipt>(&body);
                let receipt = receipt.map_err(|_error| Hitch::later("the receipt cannot be read"))?;
                Ok(Answer::Accepted { line: 1, seq: receipt.seq })
            }
            204 => {
                let place = text(&response, &LOCATION).rsplit('/').next().unwrap_or_default();
                let seq = place.parse().map_err(|_error| foreign(&response))?;
                let mismatch = text(&response, &IDEMPOTENCY_MISMATCH) == "true";
                Ok(Answer::Duplicate { line: 1, seq, mismatch })
            }
            // What is wrong with this event need not be wrong with the next.
            400 | 409 | 413 | 415 | 422 => {
                let (body, ended) = body(response).await;
                ended?;
                Ok(Answer::Refused { line: 1, reason: Reason::of_problem(status, &body) })
            }
            _ => Err(self.judge(response).await),
        }
    }

    /// Takes an answer. A repeat of a record that was sent before without an answer counts as stored if it is stored no
    /// earlier than the first that this send stored: then it is of this very send.
    fn settle(&self, request: &mut Request, answer: Answer) -> Result<(), Hitch> {
        let mut shared = self.shared();
        let (line, outcome) = match answer {
            Answer::Accepted { line, seq } => {
                shared.first_seq = Some(shared.first_seq.map_or(seq, |first| first.min(seq)));
                (line, Outcome::Stored)
            }
            Answer::Duplicate { line, seq, mismatch: false }
                if request.attempts > 1 && shared.first_seq.is_some_and(|first| first <= seq) =>
            {
                (line, Outcome::Stored)
            }
            Answer::Duplicate { line, mismatch, .. } => (line, Outcome::Repeat { mismatch }),
            Answer::Refused { line, reason } => (line, Outcome::Refused(reason)),
            Answer::Unavailable { retry_after, reason } => {
                let floor = retry_after.map(Duration::from_secs);
                return Err(Hitch::Later(format!("the appliance says {reason}"), floor));
            }
        };
        shared.answered = Instant::now();
        Ok(request.batch.settle(line, outcome)?)
    }

    /// Judges an answer that speaks of the whole request.
    async fn judge(&self, response: Response) -> Hitch {
        let status = response.status().as_u16();
        if !(400..500).contains(&status) && !matches!(status, 500 | 502 | 503 | 504 | 507) {
            return foreign(&response);
        }
        let floor = parse_retry_after(text(&response, &RETRY_AFTER), self.clock.now());
        let reason = Reason::of_problem(status, &body(response).await.0);
        let why = format!("the appliance answers {status} {reason}");
        match status {
            408 | 429 | 500.. => Hitch::Later(why, floor),
            _ => Hitch::Never(Failure::Refused(why)),
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }
}

/// Waits for the next thing to come over the network, not for ever.
async fn moving<T>(next: impl Future<Output = reqwest::Result<T>>) -> Result<T, Hitch> {
    match tokio::time::timeout(STILL_TIME_MAX, next).await {
        Ok(Ok(came)) => Ok(came),
        Ok(Err(error)) if is_untrusted(&error) => Err(Hitch::Never(Failure::Failed(format!(
            "the appliance's certificate is not trusted: {}; hint: --ca must name the authority of this very appliance, its tls/ca.pem",
            ErrorChain(&error.without_url())
        )))),
        Ok(Err(error)) => Err(Hitch::later(ErrorChain(&error.without_url()).to_string())),
        Err(_elapsed) => Err(Hitch::later(format!("nothing came for {}", format_duration(STILL_TIME_MAX)))),
    }
}

/// Reads a body; returns what came, and why it did not come whole.
async fn body(mut response: Response) -> (Vec<u8>, Result<(), Hitch>) {
    let mut body = Vec::new();
    loop {
        match moving(response.chunk()).await {
            Ok(Some(piece)) => body.extend_from_slice(&piece),
            Ok(None) => return (body, Ok(())),
            Err(hitch) => return (body, Err(hitch)),
        }
        if body.len() > BODY_BYTES_MAX {
            return (body, Err(Hitch::later("the answer is too long")));
        }
    }
}

fn text<'a>(response: &'a Response, name: &HeaderName) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Reports that something else than an appliance of this version answers.
fn foreign(response: &Response) -> Hitch {
    let status = response.status().as_u16();
    let place = text(response, &LOCATION);
    let place = if place.is_empty() { String::new() } else { format!(" to {place}") };
    Hitch::Never(Failure::Failed(format!(
        "{} answers {status}{place}, as this version of mainstay never does; hint: check --url, and the version there",
        response.url().origin().ascii_serialization()
    )))
}
