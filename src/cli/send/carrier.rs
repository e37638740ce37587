//! Carrying one parcel until every record is answered, again and again while the appliance or the way to it fails.

use crate::cli::exit::Failure;
use crate::cli::send::answer::{LineBuffer, Reason, Verdict, Word};
use crate::cli::send::document::CLOUD_EVENT;
use crate::cli::send::parcel::{Answers, Parcel, Settled};
use crate::cli::send::progress::Progress;
use crate::cli::send::target::Target;
use crate::domain::retry::{Backoff, parse_retry_after};
use crate::domain::time::format_duration;
use crate::platform::clock::Clock;
use crate::platform::entropy::{Entropy, array};
use crate::store::error::ErrorChain;
use crate::tls::client::is_untrusted;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};
use serde::Deserialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Pauses between attempts: short enough that a restart of the appliance costs little, long enough to leave it alone.
const BACKOFF: Backoff = Backoff { base: Duration::from_millis(200), cap: Duration::from_secs(30) };

/// Longest time in which nothing moves; the appliance gives up earlier, unless the way to it is gone.
const STILL_TIME_MAX: Duration = Duration::from_mins(2);

/// Shortest time between two remarks on what fails.
const REMARK_EVERY: Duration = Duration::from_secs(10);

/// Longest body of a single answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// The media type of lines.
const LINES: &str = "application/x-ndjson";

/// Carries parcels. Shared by all that are under way.
#[derive(Debug)]
pub(super) struct Carrier {
    target: Target,
    give_up_after: Duration,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    progress: Arc<Progress>,
    /// When something was last answered, by any parcel, and when a remark was last made. Held for a look.
    times: Mutex<Times>,
}

#[derive(Clone, Copy, Debug)]
struct Times {
    answered: Instant,
    remarked: Option<Instant>,
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

impl Carrier {
    /// Makes a carrier.
    pub(super) fn new(
        target: Target,
        give_up_after: Duration,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        progress: Arc<Progress>,
    ) -> Self {
        let times = Mutex::new(Times { answered: Instant::now(), remarked: None });
        Self { target, give_up_after, clock, entropy, progress, times }
    }

    /// Sends a parcel under a key until every record is answered.
    pub(super) async fn carry(&self, key: &str, parcel: &Parcel) -> Result<Answers, Failure> {
        let mut answers = Answers::begin(parcel);
        let (mut pause, mut again) = (Duration::ZERO, false);
        while answers.open() > 0 {
            let open = answers.open();
            let hitch = match self.attempt(key, parcel, &mut answers, again).await {
                Ok(()) => Hitch::later("some lines were not answered"),
                Err(hitch) => hitch,
            };
            match hitch {
                Hitch::Never(failure) => return Err(failure),
                _ if answers.open() == 0 => {}
                Hitch::Later(why, floor) => {
                    let previous = if answers.open() < open { Duration::ZERO } else { pause };
                    pause = self.wait(&why, previous, floor).await?;
                }
            }
            again = true;
        }
        Ok(answers)
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
        let now = Instant::now();
        let patience = {
            let mut times = self.times();
            let patience = self.give_up_after.saturating_sub(now.duration_since(times.answered));
            if times.remarked.is_none_or(|told| now.duration_since(told) >= REMARK_EVERY)
                && !patience.is_zero()
            {
                times.remarked = Some(now);
                self.progress.note(&format!("{why}; trying again"));
            }
            patience
        };
        if patience.is_zero() {
            let time = format_duration(self.give_up_after);
            return Err(Failure::Failed(format!("nothing was answered for {time}: {why}")));
        }
        tokio::time::sleep(pause.min(patience)).await;
        Ok(pause)
    }

    async fn attempt(
        &self,
        key: &str,
        parcel: &Parcel,
        answers: &mut Answers,
        again: bool,
    ) -> Result<(), Hitch> {
        let (media_type, body) = match parcel {
            Parcel::Lines(cut) => (LINES, answers.write_open(cut)),
            Parcel::Event { media_type, text } => (*media_type, text.clone()),
        };
        let mut url = self.target.url.clone();
        if media_type == CLOUD_EVENT {
            // It says all about itself, and the appliance takes no other word for it.
            url.set_query(None);
        }
        let request = self.target.client.post(url).headers(self.target.headers.clone());
        let request = request.header("idempotency-key", key).header(CONTENT_TYPE, media_type).body(body);
        let response = send(request).await?;
        match parcel {
            Parcel::Lines(_) => self.read_lines(response, answers, again).await,
            Parcel::Event { .. } => {
                let verdict = self.read_event(response).await?;
                self.settle(answers, 1, Settled { verdict, again })
            }
        }
    }

    /// Reads the answer to lines while it comes.
    async fn read_lines(
        &self,
        mut response: Response,
        answers: &mut Answers,
        again: bool,
    ) -> Result<(), Hitch> {
        if response.status() != 200 {
            return Err(self.judge(response).await);
        }
        if !text(&response, CONTENT_TYPE.as_str()).starts_with(LINES) {
            return Err(stranger(&response));
        }
        let mut lines = LineBuffer::default();
        let mut unavailable = None;
        while let Some(piece) = moving(response.chunk()).await? {
            lines
                .add(&piece, &mut |line| {
                    match Word::read(line)? {
                        Word::Verdict(number, verdict) => {
                            self.times().answered = Instant::now();
                            answers.settle(number, Settled { verdict, again })?;
                        }
                        Word::Unavailable(reason, floor) => {
                            unavailable = Some(Hitch::Later(format!("the appliance says {reason}"), floor));
                        }
                    }
                    Ok(())
                })
                .map_err(Hitch::later)?;
        }
        match unavailable {
            Some(hitch) => Err(hitch),
            None if lines.is_torn() => Err(Hitch::later("the answer ended in the middle of a line")),
            None => Ok(()),
        }
    }

    /// Reads the answer to one event.
    async fn read_event(&self, response: Response) -> Result<Verdict, Hitch> {
        #[derive(Deserialize)]
        struct Receipt {
            seq: u64,
        }
        let status = response.status().as_u16();
        match status {
            201 => {
                let body = body(response).await?;
                let receipt = serde_json::from_slice::<Receipt>(&body);
                let receipt = receipt.map_err(|_error| Hitch::later("the receipt cannot be read"))?;
                Ok(Verdict::Stored { seq: receipt.seq })
            }
            204 => {
                let place = text(&response, LOCATION.as_str()).rsplit('/').next().unwrap_or_default();
                let seq = place.parse().map_err(|_error| stranger(&response))?;
                let mismatch = text(&response, "idempotency-mismatch") == "true";
                Ok(Verdict::Repeat { seq, mismatch })
            }
            // What is wrong with this event need not be wrong with the next.
            400 | 409 | 413 | 415 | 422 => {
                Ok(Verdict::Refused(Reason::of_problem(status, &body(response).await?)))
            }
            _ => Err(self.judge(response).await),
        }
    }

    fn settle(&self, answers: &mut Answers, number: u64, settled: Settled) -> Result<(), Hitch> {
        self.times().answered = Instant::now();
        answers.settle(number, settled).map_err(Hitch::later)
    }

    /// Judges an answer that speaks of the whole request.
    async fn judge(&self, response: Response) -> Hitch {
        let status = response.status().as_u16();
        match status {
            408 | 429 | 500 | 502 | 503 | 504 | 507 => {
                let floor = parse_retry_after(text(&response, RETRY_AFTER.as_str()), self.clock.now());
                let reason = Reason::of_problem(status, &body(response).await.unwrap_or_default());
                Hitch::Later(format!("the appliance answers {status} {reason}"), floor)
            }
            400..500 => {
                let reason = Reason::of_problem(status, &body(response).await.unwrap_or_default());
                Hitch::Never(Failure::Refused(format!("the appliance answers {status} {reason}")))
            }
            _ => stranger(&response),
        }
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn send(request: RequestBuilder) -> Result<Response, Hitch> {
    moving(request.send()).await
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

/// Reads a short body.
async fn body(mut response: Response) -> Result<Vec<u8>, Hitch> {
    let mut body = Vec::new();
    while let Some(piece) = moving(response.chunk()).await? {
        body.extend_from_slice(&piece);
        if body.len() > ANSWER_BYTES_MAX {
            return Err(Hitch::later("the answer is too long"));
        }
    }
    Ok(body)
}

fn text<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Says that something else than an appliance of this version answers.
fn stranger(response: &Response) -> Hitch {
    let status = response.status().as_u16();
    let place = text(response, LOCATION.as_str());
    let place = if place.is_empty() { String::new() } else { format!(" to {place}") };
    Hitch::Never(Failure::Failed(format!(
        "{} answers {status}{place}, as this version of mainstay never does; hint: check --url, and the version there",
        response.url().origin().ascii_serialization()
    )))
}
