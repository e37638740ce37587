//! Bodies, read within their limits: so many bytes, and so long from the first look to the last byte.

use crate::web::problem::{Hint, Problem};
use crate::web::request::patience::{TimedOut, within};
use crate::web::request::peer::Polled;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use std::time::Duration;

/// How much room a body of unknown length gets at first.
const CAPACITY_UNKNOWN: usize = 8 * 1024;

/// Limits of a body.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Most bytes.
    pub bytes_max: usize,
    /// Longest time until it is there.
    pub timeout: Duration,
    /// What wakes the request.
    pub polled: Polled,
}

/// Reads a whole body. One that was cut off is an error and nothing of it is given out.
pub async fn read(body: Body, limits: BodyLimits) -> Result<Bytes, Problem> {
    let announced = body.size_hint();
    if announced.lower() > limits.bytes_max as u64 {
        return Err(too_large(limits.bytes_max));
    }
    let read = within(limits.timeout, limits.polled, collect(body, limits.bytes_max)).await;
    read.unwrap_or_else(|TimedOut| Err(too_slow(limits.timeout)))
}

fn too_slow(limit: Duration) -> Problem {
    let detail = format!(
        "the body was not there after {} ms; hint: send it faster or in smaller pieces",
        limit.as_millis()
    );
    Problem::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", detail).with_hint(Hint::Close)
}

async fn collect(mut body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    let Some(first) = next(&mut body).await? else { return Ok(Bytes::new()) };
    if first.len() > bytes_max {
        return Err(too_large(bytes_max));
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let announced = body.size_hint().exact().and_then(|left| usize::try_from(left).ok());
    let room = announced.unwrap_or(CAPACITY_UNKNOWN).min(bytes_max);
    let mut whole = BytesMut::with_capacity(first.len() + room);
    whole.extend_from_slice(&first);
    while let Some(piece) = next(&mut body).await? {
        if piece.len() > bytes_max - whole.len() {
            return Err(too_large(bytes_max));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// Returns the next piece; trailers are passed over.
async fn next(body: &mut Body) -> Result<Option<Bytes>, Problem> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_cut_off| {
            let detail = "the body ended early; hint: send it again, nothing of it was stored";
            Problem::new(StatusCode::BAD_REQUEST, "body_incomplete", detail).with_hint(Hint::Close)
        })?;
        if let Ok(piece) = frame.into_data() {
            return Ok(Some(piece));
        }
    }
    Ok(None)
}

fn too_large(bytes_max: usize) -> Problem {
    let detail =
        format!("the body is larger than {bytes_max} bytes; hint: send less, or raise limits.body_bytes_max");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail).with_hint(Hint::Close)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::channel::Channel;

    fn limits(bytes_max: usize) -> BodyLimits {
        BodyLimits { bytes_max, timeout: Duration::from_secs(9), polled: Polled::ByTimer }
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(read(Body::empty(), limits(0)).await.unwrap(), "");
        assert_eq!(read(Body::from("abc"), limits(3)).await.unwrap(), "abc");
        assert_eq!(read(Body::from("abcd"), limits(3)).await.unwrap_err().code, "body_too_large");
    }

    #[tokio::test]
    async fn a_body_in_pieces_counts_as_one() {
        let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(4);
        for piece in ["ab", "cd"] {
            sender.send_data(Bytes::from(piece)).await.unwrap();
        }
        drop(sender);
        assert_eq!(read(Body::new(body), limits(4)).await.unwrap(), "abcd");
        let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(4);
        for piece in ["ab", "cd"] {
            sender.send_data(Bytes::from(piece)).await.unwrap();
        }
        drop(sender);
        assert_eq!(read(Body::new(body), limits(3)).await.unwrap_err().code, "body_too_large");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_times_out_and_a_broken_one_is_refused() {
        let (sender, body) = Channel::<Bytes, std::io::Error>::new(4);
        assert_eq!(read(Body::new(body), limits(3)).await.unwrap_err().status, 408);
        drop(sender);
        let (sender, body) = Channel::<Bytes, std::io::Error>::new(4);
        sender.abort(std::io::Error::other("cut"));
        assert_eq!(read(Body::new(body), limits(3)).await.unwrap_err().code, "body_incomplete");
    }
}
