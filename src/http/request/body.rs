//! Bodies, read within their limits: so many bytes, and so long from the first look to the last byte.

use crate::http::code::Code;
use crate::http::problem::{Hint, Problem};
use crate::http::request::patience::{TimedOut, within};
use crate::http::request::peer::Polled;
use crate::http::shares::{Members, Share, Shares};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use std::sync::Arc;
use tokio::time::{Duration, Instant};

/// How much room a body of unknown length gets at first.
const CAPACITY_UNKNOWN: usize = 8 * 1024;

/// Longest time for passing over a refused body.
const DISCARD_MAX: Duration = Duration::from_secs(2);

/// Most bytes of a refused body that are passed over.
const DISCARD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The pace of strangers: so many bytes in so much time, or the end. A slow line brings more; a client
/// that only wants to hold a place brings less.
const PACE: (usize, Duration) = (1024, Duration::from_secs(5));

/// Limits of a body.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits<'a> {
    /// Most bytes.
    pub bytes_max: usize,
    /// Longest time until it is there.
    pub timeout: Duration,
    /// Whether it must keep the pace of strangers too.
    pub paced: bool,
    /// What wakes the request.
    pub polled: Polled,
    /// What all bodies together may take.
    pub(crate) memory: &'a Arc<Shares>,
    /// Whose share of it counts.
    pub(crate) members: &'a Members,
    /// What to do about a body that is too large.
    pub way_out: &'static str,
}

/// A whole body, with its share of the memory for bodies.
#[derive(Debug)]
pub struct Received {
    /// The body.
    pub bytes: Bytes,
    _held: Option<Share>,
}

/// Reads a whole body. One that was cut off is an error and nothing of it is given out.
pub async fn read(body: &mut Body, limits: BodyLimits<'_>) -> Result<Received, Problem> {
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

async fn collect(body: &mut Body, limits: BodyLimits<'_>) -> Result<Received, Problem> {
    let bytes_max = limits.bytes_max;
    let mut pace = Pace { since: Instant::now(), bytes: 0 };
    let Some(first) = pace.next(body, limits).await? else {
        return Ok(Received { bytes: Bytes::new(), _held: None });
    };
    if first.len() > bytes_max {
        return Err(too_large(limits));
    }
    if body.is_end_stream() {
        return Ok(Received { bytes: first, _held: None });
    }
    let announced = body.size_hint().exact().and_then(|left| usize::try_from(left).ok());
    let mut held = limits.memory.begin(limits.members);
    let cover = |held: &mut Share, len| if held.cover(len) { Ok(()) } else { Err(crowded()) };
    cover(&mut held, first.len() + announced.unwrap_or_default())?;
    let mut whole = BytesMut::with_capacity(first.len() + announced.unwrap_or(CAPACITY_UNKNOWN));
    whole.extend_from_slice(&first);
    while let Some(piece) = pace.next(body, limits).await? {
        if piece.len() > bytes_max - whole.len() {
            return Err(too_large(limits));
        }
        cover(&mut held, announced.map_or(0, |left| first.len() + left).max(whole.len() + piece.len()))?;
        whole.extend_from_slice(&piece);
    }
    Ok(Received { bytes: whole.freeze(), _held: Some(held) })
}

/// How fast a body comes.
struct Pace {
    since: Instant,
    bytes: usize,
}

impl Pace {
    /// Returns the next piece, if it comes in time.
    async fn next(&mut self, body: &mut Body, limits: BodyLimits<'_>) -> Result<Option<Bytes>, Problem> {
        let (least, longest) = PACE;
        if !limits.paced {
            return next(body).await;
        }
        let left = longest.saturating_sub(self.since.elapsed());
        let read = within(left, limits.polled, next(body)).await;
        let piece = read.unwrap_or_else(|TimedOut| Err(too_slow(longest)))?;
        self.bytes += piece.as_ref().map_or(0, Bytes::len);
        if self.bytes >= least {
            *self = Self { since: Instant::now(), bytes: 0 };
        }
        Ok(piece)
    }
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

    fn limits<'a>(memory: &'a Arc<Shares>, members: &'a Members, bytes_max: usize) -> BodyLimits<'a> {
        let (timeout, polled) = (Duration::from_secs(9), Polled::ByTimer);
        BodyLimits { bytes_max, timeout, paced: false, polled, memory, members, way_out: "send less" }
    }

    /// Reads a body within memory for one.
    async fn read_within(body: &mut Body, bytes_max: usize) -> Result<Received, Problem> {
        read(body, limits(&Shares::new(64 * 1024), &Members::default(), bytes_max)).await
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(read_within(&mut Body::empty(), 0).await.unwrap().bytes, "");
        assert_eq!(read_within(&mut Body::from("abc"), 3).await.unwrap().bytes, "abc");
        assert_eq!(read_within(&mut Body::from("abcd"), 3).await.unwrap_err().code, "body_too_large");
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
        let (memory, members) = (Shares::new(64 * 1024), Members::default());
        let limits = |bytes_max| limits(&memory, &members, bytes_max);
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
        assert_eq!(read_within(&mut Body::new(body), 3).await.unwrap_err().status, 408);
        let (sender, body) = Channel::<Bytes, std::io::Error>::new(4);
        sender.abort(std::io::Error::other("cut"));
        assert_eq!(read_within(&mut Body::new(body), 3).await.unwrap_err().code, "body_incomplete");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stranger_who_only_waits_is_refused_long_before_the_limit() {
        let (memory, members) = (Shares::new(64 * 1024), Members::default());
        let paced =
            BodyLimits { paced: true, timeout: Duration::from_mins(9), ..limits(&memory, &members, 99_000) };
        for (piece, every, arrives) in [("x", 1, false), ("x".repeat(400).leak(), 1, true), ("x", 6, false)] {
            let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
            let sending = async move {
                for _ in 0..40 {
                    tokio::time::sleep(Duration::from_secs(every)).await;
                    if sender.send_data(Bytes::from(piece)).await.is_err() {
                        return;
                    }
                }
            };
            let (began, mut body) = (Instant::now(), Body::new(body));
            let (read, ()) = tokio::join!(
                async { (read(&mut std::mem::take(&mut body), paced).await.map(drop), began.elapsed()) },
                sending
            );
            assert_eq!(
                read.0.map_err(|problem| problem.code),
                if arrives { Ok(()) } else { Err(Code::BodyTimeout) }
            );
            assert!(arrives || read.1 <= PACE.1 * 2);
        }
    }
}
