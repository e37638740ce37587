//! A batch of CloudEvents: a JSON array in one body, a receipt for each in one answer.

use crate::services::ingest::Submission;
use crate::telemetry::metrics::EventFormat;
use crate::web::call::{self, Call};
use crate::web::intake::members::{Ended, Member, Members, PORTION_BYTES, PORTION_LEN};
use crate::web::options::BATCH_EVENTS_MAX;
use crate::web::problem::{FieldError, Problem};
use crate::web::request::body::{self, BodyLimits};
use crate::web::request::query::Parameters;
use crate::web::wire::cloudevent;
use crate::web::wire::member::{BatchJson, Tally, is_passing};
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;

/// Most refused events that a refused batch lists.
const LISTED_MAX: usize = 100;

/// How the events of a request are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storing {
    /// Each for itself.
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

/// Takes a batch in.
pub(super) async fn take(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.parts.uri.query(), &["atomic"]);
    let storing = Storing::read(&mut parameters);
    parameters.finish()?;
    let members = Members::of(call, EventFormat::Batch)?;
    let limits = call.body_limits();
    let bytes_max = call.options.batch_bytes_max();
    // Held until the events are durable.
    let way_out = "send several batches, or lines (application/x-ndjson)";
    let received = body::read(body, BodyLimits { bytes_max, way_out, ..limits }).await?;
    let (document, reader) = (received.bytes.clone(), members.clone());
    let read = members.ingest.beside(document.len(), move || read_all(&reader, &document)).await??;
    let ended = match storing {
        Storing::Each => each(&members, read).await?,
        Storing::Together => together(&members, read, |place| format!("event {}", place + 1)).await?,
    };
    let json = call.edge.answers.hold_written(call::to_json(&BatchJson::new(&ended)))?;
    Ok(call::answer(StatusCode::OK, "application/json", json))
}

fn read_all(members: &Members, document: &Bytes) -> Result<Vec<Member>, Problem> {
    let elements = cloudevent::split_batch(document, BATCH_EVENTS_MAX)?.map_err(|count| {
        let detail = format!(
            "the batch has {count} events of at most {BATCH_EVENTS_MAX}; hint: send several batches, or lines (application/x-ndjson)"
        );
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "batch_too_long", detail)
    })?;
    let read = |(number, element): (u64, &Bytes)| {
        members.check_len(element.len())?;
        cloudevent::read(element).map(|submission| members.nth(number, submission))
    };
    Ok((1..).zip(&elements).map(read).collect())
}

/// Takes events in, each for itself. When none could be because the appliance takes nothing now, that is the answer.
async fn each(members: &Members, read: Vec<Member>) -> Result<Ended, Problem> {
    let mut handed = Vec::new();
    for portion in portions(read) {
        handed.push(members.hand_in(portion).await);
    }
    let mut ended = Vec::new();
    for portion in handed {
        ended.extend(members.decided(portion).await);
    }
    if Tally::of(&ended).is_nothing_stored()
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
    read: Vec<Member>,
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
        if problem.code == "held_back" {
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
    Err(Problem { errors, ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "batch_refused", detail) })
}

/// Cuts events into portions for handing in.
pub(super) fn portions(members: Vec<Member>) -> Vec<Vec<Member>> {
    let mut portions = Vec::new();
    let (mut portion, mut bytes) = (Vec::new(), 0);
    for member in members {
        let len = member.as_ref().map_or(0, Submission::weight);
        if portion.len() == PORTION_LEN || (bytes + len > PORTION_BYTES && !portion.is_empty()) {
            portions.push(std::mem::take(&mut portion));
            bytes = 0;
        }
        bytes += len;
        portion.push(member);
    }
    if !portion.is_empty() {
        portions.push(portion);
    }
    portions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::ingest::Payload;

    fn of_len(len: usize) -> Submission {
        let payload = Payload::Decoded(Bytes::from(vec![0; len]));
        Submission { payload, ..Submission::default() }
    }

    #[test]
    fn portions_are_bounded_in_events_and_bytes() {
        let cut = |lens: &[usize]| {
            let members = lens.iter().map(|len| Ok(of_len(*len))).collect();
            portions(members).iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert!(cut(&[]).is_empty());
        assert_eq!(cut(&[1; 600]), [256, 256, 88]);
        assert_eq!(cut(&[PORTION_BYTES + 1, 1, PORTION_BYTES, 0]), [1, 1, 2]);
    }
}
