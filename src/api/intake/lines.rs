//! A body of lines, one JSON value each, of any length: read, stored and answered line by line in bounded memory.
//!
//! One task reads pieces of the body, splits them and hands portions in; another waits until each is durable and
//! writes a line of answer for every line. Between them wait a few portions, and behind them answers up to a bound: a
//! sender that does not read its answers may come far, but in the end it is read no further, and after a while let go.
//! Whatever ends a body early, what was stored stays stored, and a line without its ending counts only where the body
//! ended properly.

use crate::api::intake::answering::{Answering, Answers, Step};
use crate::api::intake::backlog::{Backlog, write_line};
use crate::api::intake::batch::{self, Storing};
use crate::api::intake::cloudevent;
use crate::api::intake::members::{Batch, Member, Members, portions};
use crate::api::intake::named::Named;
use crate::api::intake::receipt::{Detail, MemberJson};
use crate::http::call::{self, Call};
use crate::http::problem::Problem;
use crate::http::request::body::{self, BodyLimits, next, too_slow};
use crate::http::request::lines::{Line, LineSplitter};
use crate::http::request::query::Parameters;
use crate::http::shares::Share;
use crate::services::health::Health;
use crate::services::ingest::{KeyChoice, Payload, Submission};
use crate::telemetry::metrics::EventFormat;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use http_body_util::channel::Channel;
use memchr::memmem::Finder;
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

const LINES: &str = "application/x-ndjson";

const JSON: &str = "application/json";

/// Portions between reading and answering: while one is made durable the next are read.
const PORTIONS_MAX: usize = 4;

/// Texts of answers that wait for the connection to take them.
const TEXTS_MAX: usize = 2;

/// How often a body that pauses is asked whether the appliance still goes on.
const STAGE_CHECK: Duration = Duration::from_millis(200);

/// What all lines of a body share.
#[derive(Clone)]
struct Shared {
    members: Members,
    source: String,
    named: Named,
    detail: Detail,
}

pub(super) async fn take(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), &["source", "type", "subject", "atomic"]);
    let storing = Storing::read(&mut parameters);
    let named = Named::take(&mut parameters);
    parameters.finish()?;
    let members = Members::of(call, EventFormat::Line)?;
    let detail = if members.preferences.representation { Detail::Full } else { Detail::Brief };
    let source = named.source.clone().unwrap_or_else(|| call.reach().holder.name().to_owned());
    let shared = Shared { members, source, named, detail };
    match storing {
        Storing::Each => stream(call, body, shared).await,
        Storing::Together => together(call, body, &shared).await,
    }
}

/// Starts reading and answering.
async fn stream(call: &Call<'_>, body: &mut Body, shared: Shared) -> Result<Response, Problem> {
    let pause_max = call.options.request_timeout;
    let health = call.services()?.health.clone();
    let mut pieces = Pieces { body: std::mem::take(body), pause_max, health: health.clone() };
    // The answer begins when the body does: until then a problem can still have a status of its own.
    let first = pieces.next().await?;
    let splitter = LineSplitter::new(call.options.body_bytes_max);
    let (handed, steps) = mpsc::channel(PORTIONS_MAX);
    let (sender, answered) = Channel::<Bytes, io::Error>::new(TEXTS_MAX);
    let held = call.edge.bodies.begin(call.members);
    let reading = Reading { pieces, splitter, held, shared: shared.clone(), handed };
    let reading = tokio::spawn(reading.run(first));
    let Shared { members, detail, .. } = shared;
    let (answers, backlog, held) = (Answers(Some(sender)), Backlog::default(), call.answers().holding());
    let answering = Answering { members, detail, answers, backlog, held, health, pause_max };
    tokio::spawn(answering.run(steps, reading));
    Ok(answer(Body::new(answered)))
}

fn answer(body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(LINES));
    call::uncached(response)
}

/// Takes the lines of a whole body in all together or not at all.
async fn together(call: &Call<'_>, body: &mut Body, shared: &Shared) -> Result<Response, Problem> {
    let limits = call.body_limits();
    let bytes_max = shared.members.ingest.together_bytes_max();
    let way_out = "send fewer lines, or leave atomic=true out";
    let received = body::read(body, BodyLimits { bytes_max, way_out, ..limits }).await?;
    let mut splitter = LineSplitter::new(limits.bytes_max);
    let mut lines = Vec::new();
    splitter.push(received.bytes.clone(), &mut lines);
    splitter.finish(&mut lines);
    let (reader, numbers) = (shared.clone(), numbers(&lines));
    let len = received.bytes.len();
    let read = shared.members.ingest.beside(len, move || reader.read_all(&lines)).await?;
    let name = |place| numbers.get(place).map(|number| format!("line {number}")).unwrap_or_default();
    let ended = batch::together(&shared.members, read, name).await?;
    let mut text = Vec::new();
    for (number, outcome) in numbers.iter().zip(&ended) {
        write_line(&mut text, &MemberJson::new(Some(*number), outcome, shared.detail));
    }
    Ok(answer(Body::from(call.answers().hold_written(text)?)))
}

/// The pieces of a body, each awaited so long.
struct Pieces {
    body: Body,
    pause_max: Duration,
    health: Health,
}

impl Pieces {
    /// Returns the next piece, none at the end. While the appliance stops nothing more is read.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        let deadline = Instant::now() + self.pause_max;
        loop {
            if self.health.is_draining() {
                return Err(call::draining());
            }
            match timeout(STAGE_CHECK.min(self.pause_max), next(&mut self.body)).await {
                Ok(piece) => return piece,
                Err(_elapsed) if Instant::now() < deadline => {}
                Err(_elapsed) => return Err(too_slow(self.pause_max)),
            }
        }
    }
}

/// Reads lines and hands them in.
struct Reading {
    pieces: Pieces,
    splitter: LineSplitter,
    /// Memory of the line that has not ended yet.
    held: Share,
    shared: Shared,
    handed: mpsc::Sender<Step>,
}

impl Reading {
    /// Reads to the end of the body, or until nobody answers any more.
    async fn run(mut self, first: Option<Bytes>) {
        let mut piece = Ok(first);
        let mut lines = Vec::new();
        loop {
            let ended = match piece {
                Ok(Some(bytes)) => {
                    self.splitter.push(bytes, &mut lines);
                    false
                }
                Ok(None) => {
                    self.splitter.finish(&mut lines);
                    true
                }
                Err(problem) => {
                    let _ = self.handed.send(Step::Ended(self.splitter.open_line(), problem)).await;
                    break;
                }
            };
            if self.shared.hand_in(std::mem::take(&mut lines), &self.handed).await.is_err() {
                break;
            }
            if ended {
                let _ = self.handed.send(Step::Done).await;
                return;
            }
            if !self.held.cover(self.splitter.open_len()) {
                let _ = self.handed.send(Step::Ended(self.splitter.open_line(), body::crowded())).await;
                break;
            }
            piece = tokio::select! {
                next = self.pieces.next() => next,
                () = self.handed.closed() => break,
            };
        }
        // A sender that is still sending may else not see the answer.
        drop(self.handed);
        body::discard(&mut self.pieces.body).await;
    }
}

/// Nobody answers any more.
struct Unanswered;

impl Shared {
    /// Hands lines in, portion by portion.
    async fn hand_in(&self, lines: Vec<Line>, handed: &mpsc::Sender<Step>) -> Result<(), Unanswered> {
        for (portion, bytes) in portions(lines, Line::kept_len) {
            let numbers = numbers(&portion);
            let first = numbers.first().copied().unwrap_or_default();
            let reader = self.clone();
            let read = match self.members.ingest.beside(bytes, move || reader.read_all(&portion)).await {
                Ok(read) => read,
                Err(error) => {
                    let _ = handed.send(Step::Ended(first, error.into())).await;
                    return Err(Unanswered);
                }
            };
            let step = Step::Handed(numbers, self.members.hand_in(read).await);
            handed.send(step).await.map_err(|_closed| Unanswered)?;
        }
        Ok(())
    }

    fn read_all(&self, lines: &[Line]) -> Batch {
        // A name may also be written with escapes.
        let (version, escape) = (Finder::new("specversion"), Finder::new("\\u"));
        let may_be_event = |line: &[u8]| version.find(line).is_some() || escape.find(line).is_some();
        self.members.read_all(lines, |line| (line.number, self.read_line(line, may_be_event)))
    }

    /// Reads a line: a CloudEvent if it says so, else it is a payload.
    fn read_line(&self, line: &Line, may_be_event: impl Fn(&[u8]) -> bool) -> Member {
        let bytes = line.bytes.as_ref().ok_or_else(|| self.members.too_large())?;
        if may_be_event(bytes)
            && let Some(event) = cloudevent::read_line(bytes)
        {
            return event;
        }
        Ok(Submission {
            source: self.source.clone(),
            event_type: self.named.event_type.clone(),
            subject: self.named.subject.clone(),
            content_type: Some(JSON.to_owned()),
            key: KeyChoice::Automatic,
            payload: Payload::Received(bytes.clone()),
            ..Submission::default()
        })
    }
}

fn numbers(lines: &[Line]) -> Vec<u64> {
    lines.iter().map(|line| line.number).collect()
}
