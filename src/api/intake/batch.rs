//! A batch of CloudEvents: a JSON array in one body, a receipt for each in one answer.

use crate::api::intake::cloudevent;
use crate::api::intake::members::{Batch, Ended, Members, portions};
use crate::api::intake::receipt::{BatchJson, is_passing};
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::options::BATCH_EVENTS_MAX;
use crate::http::problem::{FieldError, Problem};
use crate::http::request::body::{self, BodyLimits};
use crate::http::request::query::Parameters;
use crate::telemetry::metrics::EventFormat;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;

/// Most refused events that a refused batch lists.
const LISTED_MAX: usize = 100;

/// How the events of a request are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storing {
    Each,
    /// All or none (`?atomic=true`).
    Together,
}

impl Storing {
    /// Reads the parameter `atomic`.
    pub(super) fn read(parameters: &mut Parameters<'_>) -> Self {
        let atomic = parameters.parse("atomic", |text| match text {
            "true" => Ok(Self::Together),
            "false" => Ok(Self::Each),
            _ => Err("is neither true nor false"),
        });
        atomic.unwrap_or(Self::Each)
    }
}

pub(super) async fn take(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), &["atomic"]);
    let storing = Storing::read(&mut parameters);
    parameters.finish()?;
    let members = Members::of(call, EventFormat::Batch)?;
    let limits = call.body_limits();
    let bytes_max = call.options.batch_bytes_max();
    // Held until the events are durable.
    let way_out = "send several batches, or lines (application/x-ndjson)";
    let received = body::read(body, BodyLimits { bytes_max, way_out, ..limits }).await?;
    let document = received.bytes.clone();
    let elements = members.ingest.beside(document.len(), move || split(&document)).await??;
    let ended = match storing {
        Storing::Each => each(&members, elements).await?,
        Storing::Together => {
            let (reader, len) = (members.clone(), received.bytes.len());
            let read = members.ingest.beside(len, move || read_all(&reader, &elements)).await?;
            together(&members, read, |place| format!("event {}", place + 1)).await?
        }
    };
    let json = call.answers().hold_written(call::to_json(&BatchJson::new(&ended)))?;
    Ok(call::answer(StatusCode::OK, "application/json", json))
}

/// One event of a batch and its number, from 1.
type Element = (u64, Bytes);

fn split(document: &Bytes) -> Result<Vec<Element>, Problem> {
    let elements = cloudevent::split_batch(document, BATCH_EVENTS_MAX)?.map_err(|count| {
        let detail = format!(
            "the batch has {count} events of at most {BATCH_EVENTS_MAX}; hint: send several batches, or lines (application/x-ndjson)"
        );
        Problem::new(Code::BatchTooLong, detail)
    })?;
    Ok((1..).zip(elements).collect())
}

fn read_all(members: &Members, elements: &[Element]) -> Batch {
    members.read_all(elements, |(number, element)| {
        (*number, members.check_len(element.len()).and_then(|()| cloudevent::read(element)))
    })
}

/// Takes events in, each for itself. When none could be because the appliance takes nothing now, that is the answer.
async fn each(members: &Members, elements: Vec<Element>) -> Result<Ended, Problem> {
    let mut handed = Vec::new();
    for (portion, bytes) in portions(elements, |(_, element)| element.len()) {
        let reader = members.clone();
        let read = members.ingest.beside(bytes, move || read_all(&reader, &portion)).await?;
        handed.push(members.hand_in(read).await);
    }
    let mut ended = Vec::new();
    for portion in handed {
        ended.extend(members.decided(portion).await);
    }
    if ended.iter().all(Result::is_err)
        && let Some(Err(problem)) = ended.iter().find(|outcome| outcome.as_ref().is_err_and(is_passing))
    {
        return Err(problem.clone());
    }
    Ok(ended)
}

/// Takes events in all together or not at all; if any is refused the whole is, and the answer lists which: `name` gives
/// the name of the event at a place, counted from 0.
pub(super) async fn together(
    members: &Members,
    read: Batch,
    name: impl Fn(usize) -> String,
) -> Result<Ended, Problem> {
    let ended = members.together(read).await?;
    let mut errors = Vec::new();
    let mut refused = 0;
    for (place, outcome) in ended.iter().enumerate() {
        let Err(problem) = outcome else { continue };
        if is_passing(problem) {
            return Err(problem.clone());
        }
        if problem.code == Code::HeldBack {
            continue;
        }
        refused += 1;
        if errors.len() < LISTED_MAX {
            errors.push(FieldError::new(name(place), problem.detail.clone()));
        }
    }
    if refused == 0 {
        return Ok(ended);
    }
    let detail = format!(
        "{refused} of {} events are refused and none is stored; hint: see `errors`, correct them and send all again",
        ended.len()
    );
    Err(Problem { errors, ..Problem::new(Code::BatchRefused, detail) })
}
