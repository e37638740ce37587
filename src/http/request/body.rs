//! Bodies, read within their limits: so many bytes, and so long from the first look to the last byte.

use crate::http::code::Code;
use crate::http::problem::{Hint, Problem};
use crate::http::request::budget::{Budget, Holding};
use crate::http::request::patience::{TimedOut, within};
use crate::http::request::peer::Polled;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use std::time::Duration;

/// How much room a body of unknown length gets at first.
const CAPACITY_UNKNOWN: usize = 8 * 1024;

/// Longest time for passing over a refused body.
const DISCARD_MAX: Duration = Duration::from_secs(2);

/// Most bytes of a refused body that are passed over.
const DISCARD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Limits of a body.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits<'a> {
    /// Most bytes.
    pub bytes_max: usize,
    /// Longest time until it is there.
    pub timeout: Duration,
    /// What wakes the request.
    pub polled: Polled,
    /// What all bodies together may take.
    pub budget: &'a Budget,
    /// What to do about a body that is too large.
    pub way_out: &'static str,
}

/// A whole body, with its share of the memory for bodies.
#[derive(Debug)]
pub struct Received<'a> {
    /// The body.
    pub bytes: Bytes,
    _held: Option<Holding<&'a Budget>>,
}

/// Reads a whole body. One that was cut off is an error and nothing of it is given out.
pub async fn read<'a>(body: &mut Body, limits: BodyLimits<'a>) -> Result<Received<'a>, Problem> {
    if body.size_hint().lower() > limits.bytes_max as u64 {
        return Err(too_large(limits));
    }
    let read = within(limits.timeout, limits.polled, collect(body, limits)).await;
    read.unwrap_or_else(|TimedOut| Err(too_slow(limits.timeout)))
}

/// The problem of a body that did not come in time.
pub fn too_slow(limit: Duration) -> Problem {
    let detail = format!(
        "the body was not there after {} ms; hint: send it faster or in smaller pieces",
        limit.as_millis()
    );
    Problem::new(Code::BodyTimeout, detail).with_hint(Hint::Close)
}

async fn collect<'a>(body: &mut Body, limits: BodyLimits<'a>) -> Result<Received<'a>, Problem> {
    let bytes_max = limits.bytes_max;
    let Some(first) = next(body).await? else { return Ok(Received { bytes: Bytes::new(), _held: None }) };
    if first.len() > bytes_max {
        return Err(too_large(limits));
    }
    if body.is_end_stream() {
        return Ok(Received { bytes: first, _held: None });
    }
    let announced = body.size_hint().exact().and_then(|left| usize::try_from(left).ok());
    let mut held = Holding::new(limits.budget);
    let cover = |held: &mut Holding<_>, len| if held.cover(len) { Ok(()) } else { Err(crowded()) };
    cover(&mut held, first.len() + announced.unwrap_or_default())?;
    let mut whole = BytesMut::with_capacity(first.len() + announced.unwrap_or(CAPACITY_UNKNOWN));
    whole.extend_from_slice(&first);
    while let Some(piece) = next(body).await? {
        if piece.len() > bytes_max - whole.len() {
            return Err(too_large(limits));
        }
        cover(&mut held, announced.map_or(0, |left| first.len() + left).max(whole.len() + piece.len()))?;
        whole.extend_from_slice(&piece);
    }
    Ok(Received { bytes: whole.freeze(), _held: Some(held) })
}

/// Passes over what is left of a body, within bounds: on HTTP/2 a stream that is answered before it was read is reset,
/// and some clients then show no answer at all.
pub async fn discard(body: &mut Body) {
    let discarding = async {
        let mut left = DISCARD_BYTES_MAX;
        while !body.is_end_stream() {
            match next(body).await {
                Ok(Some(piece)) if piece.len() <= left => left -= piece.len(),
                _ => return,
            }
        }
    };
    let _ = tokio::time::timeout(DISCARD_MAX, discarding).await;
}

/// Returns the next piece; trailers are passed over.
pub async fn next(body: &mut Body) -> Result<Option<Bytes>, Problem> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_cut_off| {
            let detail = "the body ended early; hint: send it again, nothing of it was stored";
            Problem::new(Code::BodyIncomplete, detail).with_hint(Hint::Close)
        })?;
        if let Ok(piece) = frame.into_data() {
            return Ok(Some(piece));
        }
    }
    Ok(None)
}

/// The problem of a body that finds no memory.
pub fn crowded() -> Problem {
    let detail = "too many large bodies at once; hint: send it again with the same key in a second";
    Problem::new(Code::TooBusy, detail).with_hint(Hint::RetryAfter(1))
}

fn too_large(limits: BodyLimits<'_>) -> Problem {
    let detail = format!("the body is larger than {} bytes; hint: {}", limits.bytes_max, limits.way_out);
    Problem::new(Code::BodyTooLarge, detail).with_hint(Hint::Close)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::channel::Channel;

    static BUDGET: Budget = Budget::new(64 * 1024);

    fn limits(bytes_max: usize) -> BodyLimits<'static> {
        let timeout = Duration::from_secs(9);
        BodyLimits { bytes_max, timeout, polled: Polled::ByTimer, budget: &BUDGET, way_out: "send less" }
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(read(&mut Body::empty(), limits(0)).await.unwrap().bytes, "");
        assert_eq!(read(&mut Body::from("abc"), limits(3)).await.unwrap().bytes, "abc");
        assert_eq!(read(&mut Body::from("abcd"), limits(3)).await.unwrap_err().code, "body_too_large");
    }

    fn pieces(pieces: &[&'static str]) -> Body {
        let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(pieces.len());
        for piece in pieces {
            sender.try_send(hyper::body::Frame::data(Bytes::from(*piece))).unwrap();
        }
        Body::new(body)
    }

    #[tokio::test]
    async fn a_body_in_pieces_counts_as_one_and_bodies_share_a_budget() {
        assert_eq!(read(&mut pieces(&["ab", "cd"]), limits(3)).await.unwrap_err().code, "body_too_large");
        let held = read(&mut pieces(&["ab", "cd"]), limits(4)).await.unwrap();
        assert_eq!(held.bytes, "abcd");
        assert_eq!(read(&mut pieces(&["ab", "cd"]), limits(4)).await.unwrap_err().code, "too_busy");
        drop(held);
        assert_eq!(read(&mut pieces(&["ab", "cd"]), limits(4)).await.unwrap().bytes, "abcd");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_times_out_and_a_broken_one_is_refused() {
        let (_sender, body) = Channel::<Bytes, std::io::Error>::new(4);
        assert_eq!(read(&mut Body::new(body), limits(3)).await.unwrap_err().status, 408);
        let (sender, body) = Channel::<Bytes, std::io::Error>::new(4);
        sender.abort(std::io::Error::other("cut"));
        assert_eq!(read(&mut Body::new(body), limits(3)).await.unwrap_err().code, "body_incomplete");
    }
}
