//! Panics of handlers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll};

/// A handler panicked; the hook has logged and counted it.
pub(crate) struct Panicked;

/// Waits for a handler; a panic in it ends this request and nothing else.
pub(crate) async fn caught<F: Future>(handler: F) -> Result<F::Output, Panicked> {
    let mut handler = pin!(handler);
    let poll =
        |context: &mut Context<'_>| match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(context))) {
            Ok(polled) => polled.map(Ok),
            Err(_payload) => Poll::Ready(Err(Panicked)),
        };
    std::future::poll_fn(poll).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_in_a_handler_is_caught() {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let failing = caught(async { panic!("on purpose") });
        assert!(failing.await.is_err());
        std::panic::set_hook(hook);
        assert!(matches!(caught(async { 1 }).await, Ok(1)));
    }
}
