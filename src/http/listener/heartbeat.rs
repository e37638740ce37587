//! Whether a listener still moves.

use tokio::sync::{mpsc, oneshot};

/// Asks a listener whether it moves. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Heartbeat(mpsc::Sender<oneshot::Sender<()>>);

/// What a listener answers with between two connections.
#[derive(Debug)]
pub struct Beats(mpsc::Receiver<oneshot::Sender<()>>);

/// Makes the two ends.
pub fn heartbeat() -> (Heartbeat, Beats) {
    let (asks, asked) = mpsc::channel(1);
    (Heartbeat(asks), Beats(asked))
}

impl Heartbeat {
    /// Waits for the listener's answer, however long that takes; false once it has ended.
    pub async fn beats(&self) -> bool {
        let (reply, answer) = oneshot::channel();
        self.0.send(reply).await.is_ok() && answer.await.is_ok()
    }
}

impl Beats {
    /// Waits for a question and answers it; for ever where nobody asks.
    pub(crate) async fn answer_next(&mut self) {
        match self.0.recv().await {
            // Whoever asked may have given up waiting.
            Some(reply) => drop(reply.send(())),
            None => std::future::pending().await,
        }
    }
}
