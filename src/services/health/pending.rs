//! One question that is asked once however long its answer takes.

use std::fmt;
use std::pin::Pin;
use std::time::Instant;

/// A question to the store or the machine. When the answer does not come in time nothing is asked again: the next
/// round waits for the same answer. So a disk that hangs holds one question, whoever comes and however often.
pub(super) struct Pending<T>(Option<Question<T>>);

/// What gives the answer when it is there.
type Question<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pending").field(&self.0.is_some()).finish()
    }
}

impl<T> Pending<T> {
    /// Returns the answer; none when it does not come before the deadline.
    pub(super) async fn answer<Q>(&mut self, deadline: Instant, ask: impl FnOnce() -> Q) -> Option<T>
    where
        Q: Future<Output = T> + Send + 'static,
    {
        let question = self.0.get_or_insert_with(|| Box::pin(ask()));
        let answer = tokio::time::timeout_at(deadline.into(), question.as_mut()).await.ok()?;
        self.0 = None;
        Some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn a_question_without_an_answer_is_not_asked_again() {
        let (reply, answer) = oneshot::channel();
        let mut pending = Pending::default();
        let past = Instant::now();
        assert_eq!(pending.answer(past, || answer).await, None);
        let again = pending.answer(past, || -> oneshot::Receiver<u8> { panic!("asked twice") });
        assert_eq!(again.await, None);
        reply.send(7).unwrap();
        let (_reply, other) = oneshot::channel();
        assert_eq!(pending.answer(past, || other).await, Some(Ok(7)));
        let (reply, other) = oneshot::channel();
        reply.send(8).unwrap();
        assert_eq!(pending.answer(past, || other).await, Some(Ok(8)));
    }
}
