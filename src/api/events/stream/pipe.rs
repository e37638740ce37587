//! The one place between a stream's task and its body: a portion is put in when the one before was taken.
//!
//! A connection copies what it is given into a buffer of its own, so it is given little at once. A portion that nobody
//! takes can be withdrawn and the reason put in its place, as long as no event of it is given out in part.

use crate::platform::locks;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame};
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::Notify;

/// Most bytes given to the connection at once.
const GIVEN_LEN: usize = 32 * 1024;

/// Puts portions in.
#[derive(Debug)]
pub(super) struct Inlet(Arc<Pipe>);

/// Gives portions out.
#[derive(Debug)]
pub(super) struct Outlet(Arc<Pipe>);

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoom {
    /// Nobody takes anything any more.
    Left,
    /// Nothing was taken for too long.
    TooSlow,
}

#[derive(Debug, Default)]
struct Pipe {
    /// Taken for moments, by the task and by the connection.
    state: Mutex<State>,
    /// Something was taken, or the body is gone.
    taken: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Whole pieces of the stream, of the first perhaps only the rest.
    pieces: VecDeque<Bytes>,
    /// The first piece was given out in part.
    begun: bool,
    end: End,
    left: bool,
    taker: Option<Waker>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    /// The body ends behind what is there.
    Whole,
    /// The body breaks off.
    Cut,
}

pub(super) fn pipe() -> (Inlet, Outlet) {
    let pipe = Arc::new(Pipe::default());
    (Inlet(Arc::clone(&pipe)), Outlet(pipe))
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, State> {
        locks::lock(&self.state)
    }
}

impl Inlet {
    /// Waits until everything was taken; not longer than `patience` without anything being taken.
    pub(super) async fn room(&self, patience: Duration) -> Result<(), NoRoom> {
        loop {
            match &*self.0.lock() {
                state if state.left => return Err(NoRoom::Left),
                state if state.pieces.is_empty() => return Ok(()),
                _ => {}
            }
            let taken = tokio::time::timeout(patience, self.0.taken.notified()).await;
            taken.map_err(|_elapsed| NoRoom::TooSlow)?;
        }
    }

    /// Waits until nobody takes anything any more.
    pub(super) async fn left(&self) {
        while !self.0.lock().left {
            self.0.taken.notified().await;
        }
    }

    pub(super) fn put(&self, pieces: impl IntoIterator<Item = Bytes>) {
        let mut state = self.0.lock();
        state.pieces.extend(pieces);
        wake(state);
    }

    /// Ends the body with a last piece in place of what was not taken. A body in the middle of a piece is cut off: what
    /// a reader has of that piece it must not take for whole.
    pub(super) fn close(&self, last: Bytes) {
        let mut state = self.0.lock();
        state.pieces.clear();
        if state.begun {
            state.end = End::Cut;
        } else {
            state.pieces.push_back(last);
            state.end = End::Whole;
        }
        wake(state);
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if state.end == End::Open {
            // The task is gone without a word: it panicked, or the runtime ends.
            state.pieces.clear();
            state.end = End::Cut;
        }
        wake(state);
    }
}

fn wake(mut state: MutexGuard<'_, State>) {
    let taker = state.taker.take();
    drop(state);
    if let Some(taker) = taker {
        taker.wake();
    }
}

impl State {
    /// Takes whole pieces up to a bound, or a part of a large one.
    fn take(&mut self) -> Option<Bytes> {
        let first = self.pieces.front_mut()?;
        self.begun = first.len() > GIVEN_LEN;
        if self.begun {
            return Some(first.split_to(GIVEN_LEN));
        }
        let (mut given, mut len) = (Vec::new(), 0);
        while let Some(next) = self.pieces.pop_front_if(|next| len + next.len() <= GIVEN_LEN) {
            len += next.len();
            given.push(next);
        }
        if given.len() > 1 { Some(given.concat().into()) } else { given.pop() }
    }
}

impl HttpBody for Outlet {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let mut state = self.0.lock();
        if let Some(given) = state.take() {
            drop(state);
            self.0.taken.notify_one();
            return Poll::Ready(Some(Ok(Frame::data(given))));
        }
        match state.end {
            End::Open => {
                state.taker = Some(context.waker().clone());
                Poll::Pending
            }
            End::Whole => Poll::Ready(None),
            End::Cut => Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        let state = self.0.lock();
        state.pieces.is_empty() && state.end == End::Whole
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.left = true;
        state.pieces.clear();
        drop(state);
        self.0.taken.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    const MINUTE: Duration = Duration::from_mins(1);

    fn piece(len: usize) -> Bytes {
        Bytes::from(vec![b'x'; len])
    }

    async fn taken(outlet: &mut Outlet) -> Option<usize> {
        Some(outlet.frame().await?.unwrap().into_data().unwrap().len())
    }

    #[tokio::test]
    async fn small_pieces_are_given_together_and_large_ones_in_parts() {
        let (inlet, mut outlet) = pipe();
        inlet.put([piece(10), piece(20), piece(GIVEN_LEN), piece(GIVEN_LEN + 5), piece(1)]);
        for len in [30, GIVEN_LEN, GIVEN_LEN, 6] {
            assert_eq!(taken(&mut outlet).await, Some(len));
        }
        assert_eq!(inlet.room(MINUTE).await, Ok(()));
        inlet.close(piece(3));
        assert!(!outlet.is_end_stream());
        assert_eq!((taken(&mut outlet).await, taken(&mut outlet).await), (Some(3), None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_portion_that_nobody_takes_is_withdrawn() {
        let (inlet, mut outlet) = pipe();
        inlet.put([piece(10), piece(GIVEN_LEN)]);
        assert_eq!(inlet.room(MINUTE).await, Err(NoRoom::TooSlow));
        inlet.close(piece(7));
        assert_eq!((taken(&mut outlet).await, taken(&mut outlet).await), (Some(7), None));
    }

    #[tokio::test]
    async fn a_piece_given_in_part_is_never_ended_as_if_it_were_whole() {
        let (inlet, mut outlet) = pipe();
        inlet.put([piece(GIVEN_LEN + 1)]);
        assert_eq!(taken(&mut outlet).await, Some(GIVEN_LEN));
        inlet.close(piece(7));
        assert!(outlet.frame().await.unwrap().is_err());
        let (inlet, mut outlet) = pipe();
        drop(inlet);
        assert!(outlet.frame().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn who_leaves_is_noticed() {
        let (inlet, outlet) = pipe();
        inlet.put([piece(1)]);
        drop(outlet);
        inlet.left().await;
        assert_eq!(inlet.room(MINUTE).await, Err(NoRoom::Left));
    }
}
