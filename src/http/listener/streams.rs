//! The tasks of HTTP/2 streams: one whose client takes nothing of its answer is reset after its time, whatever else the
//! connection does.

use super::state::Output;
use super::work::Work;
use hyper::rt::Executor;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

tokio::task_local! {
    /// The request that the task answers, and how long its answer may be still, once there is an answer.
    static ANSWERED: OnceLock<(Weak<Work>, Duration)>;
}

/// Tells the stream's task whose answer it gives out from now on, and how long that may be still.
pub(super) fn answered(work: &Arc<Work>, patience: Duration) {
    // On HTTP/1.1 there are no such tasks.
    let _ = ANSWERED.try_with(|answered| answered.set((Arc::downgrade(work), patience)));
}

/// Spawns streams.
#[derive(Clone, Copy, Debug)]
pub(super) struct Streams;

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        tokio::spawn(ANSWERED.scope(OnceLock::new(), watch(stream)));
    }
}

/// Returns the request of this task and since when its client takes nothing.
fn still() -> Option<(Arc<Work>, Instant, Duration)> {
    let (work, patience) = ANSWERED.with(|answered| answered.get().cloned())?;
    let work = work.upgrade()?;
    let since = work.still_since()?;
    Some((work, since, patience))
}

/// Drives a stream until it ends by itself or is still for too long. One that is dropped before its end is reset.
async fn watch(stream: impl Future<Output = ()>) {
    let mut stream = pin!(stream);
    let mut timer: Option<Pin<Box<Sleep>>> = None;
    poll_fn(move |context| {
        if stream.as_mut().poll(context).is_ready() {
            if let Some((work, ..)) = still() {
                // The protocol has all of the answer, and nothing takes it back: the connection answers for it.
                let output: Weak<Work> = Arc::downgrade(&work);
                work.state.leave(output);
            }
            return Poll::Ready(());
        }
        while let Some((_, since, patience)) = still() {
            let deadline = since + patience;
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            timer.as_mut().reset(deadline);
            if timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
        timer = None;
        Poll::Pending
    })
    .await;
}
