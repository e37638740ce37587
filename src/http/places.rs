//! Places of requests being answered, shared out by class: no class takes another's, and nobody fills a class alone.
//!
//! A place is held while a handler works. It is given up with the answer, except where the answer is still being made
//! while it is given out, as exports are: what waits to be taken is bounded as memory.

use crate::http::options::EdgeOptions;
use crate::http::shares::{Members, Share, Shares};
use crate::telemetry::metrics::LimitScope;
use axum::body::Body;
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use std::sync::Arc;

/// Who waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Holders of a token, by tenant and token.
    Sender,
    /// Clients without a token, signed deliveries included, by address.
    Stranger,
    /// Sign-ins, by address.
    SignIn,
    /// Operators who are signed in, by name.
    Session,
}

impl Class {
    pub(crate) const ALL: [Self; 4] = [Self::Sender, Self::Stranger, Self::SignIn, Self::Session];

    /// Returns how many places the class has: `limits.in_flight_max` are the senders', the others have a part as many
    /// besides.
    fn places(self, options: &EdgeOptions) -> usize {
        let part = match self {
            Self::Sender => 1,
            Self::Stranger => 4,
            Self::SignIn | Self::Session => 8,
        };
        options.in_flight_max.div_ceil(part)
    }

    /// Returns what the metrics call a refusal for want of a place.
    pub(crate) fn scope(self) -> LimitScope {
        match self {
            Self::Sender => LimitScope::SenderPlaces,
            Self::Stranger => LimitScope::StrangerPlaces,
            Self::SignIn => LimitScope::SignInPlaces,
            Self::Session => LimitScope::SessionPlaces,
        }
    }
}

/// The places of every class.
#[derive(Debug)]
pub(crate) struct Places([Arc<Shares>; Class::ALL.len()]);

impl Places {
    pub(crate) fn new(options: &EdgeOptions) -> Self {
        Self(Class::ALL.map(|class| Shares::new(class.places(options))))
    }

    pub(crate) fn resize(&self, options: &EdgeOptions) {
        for (class, shares) in Class::ALL.iter().zip(&self.0) {
            shares.resize(class.places(options));
        }
    }

    /// Takes a place; none when the class is full or the member has its share.
    pub(crate) fn take(&self, class: Class, members: &Members) -> Option<Share> {
        self.of(class).take(members, 1)
    }

    /// Returns how many places of a class are taken and how many there are.
    pub(crate) fn used(&self, class: Class) -> (usize, usize) {
        self.of(class).used()
    }

    /// Tells whether requests are being answered.
    pub(crate) fn is_busy(&self) -> bool {
        self.0.iter().any(|shares| shares.used().0 > 0)
    }

    fn of(&self, class: Class) -> &Arc<Shares> {
        let at = Class::ALL.iter().position(|known| *known == class);
        at.and_then(|at| self.0.get(at)).expect("every class has places")
    }
}

/// Lets an answer that is made while it is given out keep its request's place until then.
pub(crate) fn keep(response: Response, place: Option<Share>) -> Response {
    match place {
        Some(place) if response.body().size_hint().exact().is_none() => response.map(|body| {
            Body::new(body.map_frame(move |frame| {
                let _kept = &place;
                frame
            }))
        }),
        _ => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http_body_util::channel::Channel;

    fn places(in_flight_max: usize) -> Places {
        Places::new(&EdgeOptions { in_flight_max, ..EdgeOptions::default() })
    }

    #[test]
    fn an_answer_in_memory_gives_its_place_up_and_one_under_way_keeps_it() {
        let (places, nobody) = (places(1), Members::default());
        let take = || places.take(Class::Sender, &nobody);
        let answer = keep(Response::new(Body::from("x")), take());
        assert_eq!(places.used(Class::Sender), (0, 1));
        let (_sender, body) = Channel::<Bytes, axum::Error>::new(1);
        let stream = keep(Response::new(Body::new(body)), take());
        assert!(take().is_none() && places.is_busy());
        drop((answer, stream));
        assert!(!places.is_busy());
    }

    #[test]
    fn no_class_takes_the_places_of_another() {
        let (places, nobody) = (places(16), Members::default());
        for (class, most) in Class::ALL.into_iter().zip([16, 4, 2, 2]) {
            let taken: Vec<_> = std::iter::from_fn(|| places.take(class, &nobody)).collect();
            assert_eq!((taken.len(), places.used(class)), (most, (most, most)));
            std::mem::forget(taken);
        }
        places.resize(&EdgeOptions { in_flight_max: 17, ..EdgeOptions::default() });
        assert!(Class::ALL.into_iter().all(|class| places.take(class, &nobody).is_some()));
    }
}
