//! An answer's body that keeps its request's place among those being answered until it has been given out, piece by
//! piece: a connection copies what it is given into a buffer of its own, so it must not be given much at once.

use crate::http::edge::InFlight;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Most bytes given to the connection at once.
const PIECE_LEN: usize = 32 * 1024;

/// Lets an answer keep its request's place until its body was given out or dropped.
pub(crate) fn keep(response: Response, place: Option<InFlight>) -> Response {
    match place {
        Some(place) if !response.body().is_end_stream() => {
            response.map(|body| Body::new(BodyInPlace { body, rest: Bytes::new(), _place: place }))
        }
        _ => response,
    }
}

struct BodyInPlace {
    body: Body,
    /// What is left of a frame that was larger than a piece.
    rest: Bytes,
    _place: InFlight,
}

impl HttpBody for BodyInPlace {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                ended => return Poll::Ready(ended),
            }
        }
        let piece = this.rest.split_to(PIECE_LEN.min(this.rest.len()));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, hint) = (self.rest.len() as u64, self.body.size_hint());
        let mut whole = SizeHint::new();
        whole.set_lower(hint.lower().saturating_add(rest));
        if let Some(upper) = hint.upper() {
            whole.set_upper(upper.saturating_add(rest));
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::options::EdgeOptions;
    use crate::http::testing::edge;
    use http_body_util::BodyExt;

    #[test]
    fn a_place_is_taken_until_the_body_is_gone() {
        let edge = edge(EdgeOptions { in_flight_max: 1, ..EdgeOptions::default() });
        let answer = keep(Response::new(Body::from("x")), edge.enter(&edge.options()));
        assert_eq!(answer.body().size_hint().exact(), Some(1));
        assert!(edge.enter(&edge.options()).is_none());
        drop(answer);
        let empty = keep(Response::new(Body::empty()), edge.enter(&edge.options()));
        assert!(edge.enter(&edge.options()).is_some());
        drop(empty);
    }

    #[test]
    fn strangers_take_a_part_of_the_places() {
        let edge = edge(EdgeOptions { in_flight_max: 8, ..EdgeOptions::default() });
        let taken = [edge.enter_as_stranger(&edge.options()), edge.enter_as_stranger(&edge.options())];
        assert!(taken.iter().all(Option::is_some) && edge.enter_as_stranger(&edge.options()).is_none());
        assert!(edge.enter(&edge.options()).is_some());
        drop(taken);
        assert!(edge.enter_as_stranger(&edge.options()).is_some());
    }

    #[tokio::test]
    async fn a_large_answer_is_given_out_in_pieces_and_keeps_its_place_to_the_last() {
        let edge = edge(EdgeOptions { in_flight_max: 1, ..EdgeOptions::default() });
        let whole: Vec<u8> = (0..=250).cycle().take(2 * PIECE_LEN + 7).collect();
        let mut body =
            keep(Response::new(Body::from(whole.clone())), edge.enter(&edge.options())).into_body();
        let (mut given, mut lens) = (Vec::new(), Vec::new());
        while !body.is_end_stream() {
            assert_eq!(body.size_hint().exact(), Some((whole.len() - given.len()) as u64));
            let piece = body.frame().await.unwrap().unwrap().into_data().unwrap();
            lens.push(piece.len());
            given.extend_from_slice(&piece);
            assert!(edge.enter(&edge.options()).is_none());
        }
        assert_eq!((given, lens), (whole, vec![PIECE_LEN, PIECE_LEN, 7]));
    }
}
