//! Time limits of single steps.
//!
//! A timer of the runtime costs a lock when it is set and another when it is dropped, on every request, and hardly
//! one of them ever fires. A request on HTTP/1.1 is polled by its connection's task, which has one timer of its own
//! ticking several times within every limit; there it is enough to look at the clock when polled.

use crate::http::request::peer::Polled;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// The time was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut;

/// Waits for a step at most so long.
pub async fn within<F: Future>(limit: Duration, polled: Polled, step: F) -> Result<F::Output, TimedOut> {
    match polled {
        Polled::ByTimer => tokio::time::timeout(limit, step).await.map_err(|_elapsed| TimedOut),
        Polled::ByConnection => {
            let mut step = pin!(step);
            let mut deadline = None;
            let poll = |context: &mut Context<'_>| match step.as_mut().poll(context) {
                Poll::Ready(output) => Poll::Ready(Ok(output)),
                Poll::Pending => {
                    let now = Instant::now();
                    match deadline {
                        Some(deadline) if now >= deadline => Poll::Ready(Err(TimedOut)),
                        _ => {
                            deadline.get_or_insert(now + limit);
                            Poll::Pending
                        }
                    }
                }
            };
            std::future::poll_fn(poll).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    #[tokio::test]
    async fn a_step_that_ends_in_time_gives_its_result() {
        let limit = Duration::from_mins(1);
        for polled in [Polled::ByConnection, Polled::ByTimer] {
            assert_eq!(within(limit, polled, std::future::ready(7)).await, Ok(7));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_with_a_timer_of_its_own_ends_at_its_limit() {
        let endless = std::future::pending::<()>();
        assert_eq!(within(Duration::from_mins(1), Polled::ByTimer, endless).await, Err(TimedOut));
    }

    #[test]
    fn a_step_polled_by_its_connection_ends_when_polled_after_its_limit() {
        let mut context = Context::from_waker(Waker::noop());
        let mut step = pin!(within(Duration::ZERO, Polled::ByConnection, std::future::pending::<()>()));
        assert_eq!(step.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(step.as_mut().poll(&mut context), Poll::Ready(Err(TimedOut)));
    }
}
