//! An answer's body that keeps its request's place among those being answered until it has been given out.

use crate::web::edge::InFlight;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Lets an answer keep its request's place until its body was given out or dropped.
pub(crate) fn keep(response: Response, place: Option<InFlight>) -> Response {
    match place {
        Some(place) if !response.body().is_end_stream() => {
            response.map(|body| Body::new(Placed { body, _place: place }))
        }
        _ => response,
    }
}

struct Placed {
    body: Body,
    _place: InFlight,
}

impl HttpBody for Placed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::options::EdgeOptions;
    use crate::web::testing::edge;

    #[test]
    fn a_place_is_taken_until_the_body_is_gone() {
        let edge = edge(EdgeOptions { in_flight_max: 1, ..EdgeOptions::default() });
        let answer = keep(Response::new(Body::from("x")), edge.enter());
        assert_eq!(answer.body().size_hint().exact(), Some(1));
        assert!(edge.enter().is_none());
        drop(answer);
        let empty = keep(Response::new(Body::empty()), edge.enter());
        assert!(edge.enter().is_some());
        drop(empty);
    }
}
