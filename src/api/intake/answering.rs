//! Writing what became of lines while more of them come.

use crate::api::intake::backlog::Backlog;
use crate::api::intake::members::{Handed, Members};
use crate::api::intake::receipt::{Detail, MemberJson, is_passing};
use crate::http::problem::Problem;
use crate::http::shares::Share;
use crate::services::health::Health;
use bytes::Bytes;
use http_body_util::channel::Sender;
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// Most memory that answers of one request take before the sender takes some: then no more is read.
const BACKLOG_MAX: usize = 1024 * 1024;

/// How often somebody who waits looks whether it is still worth it.
const PATIENCE_CHECK: Duration = Duration::from_millis(200);

/// Longest wait for a sender to take an answer while the appliance stops.
const DRAIN_PATIENCE: Duration = Duration::from_secs(2);

/// What reading tells answering.
pub(super) enum Step {
    /// Lines, with their numbers, on their way.
    Handed(Vec<u64>, Handed),
    /// Nothing more is read from this line on.
    Ended(u64, Problem),
    /// All lines are read.
    Done,
}

/// Answers the lines of one request.
pub(super) struct Answering {
    pub(super) members: Members,
    pub(super) detail: Detail,
    pub(super) answers: Answers,
    pub(super) backlog: Backlog,
    /// Memory of the backlog.
    pub(super) held: Share,
    pub(super) health: Health,
    /// Longest time in which nothing moves.
    pub(super) pause_max: Duration,
}

/// The answer's body. Unless it is ended it is cut off, so that nobody takes a part of it for the whole, also when the
/// task fails.
pub(super) struct Answers(pub(super) Option<Sender<Bytes, io::Error>>);

impl Answers {
    /// Gives a text out once there is a place for it.
    async fn send(&mut self, text: Option<&Bytes>) -> Result<(), io::Error> {
        let left = io::ErrorKind::BrokenPipe;
        match (text, &mut self.0) {
            (Some(text), Some(sender)) => sender.send_data(text.clone()).await.map_err(|_left| left.into()),
            _ => Ok(()),
        }
    }

    /// Ends the body as a whole one.
    fn end(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            sender.abort(io::ErrorKind::ConnectionAborted.into());
        }
    }
}

impl Answering {
    /// Answers until everything is answered, the sender is gone, or nothing moves any more.
    pub(super) async fn run(mut self, mut steps: mpsc::Receiver<Step>, reading: JoinHandle<()>) {
        let mut text: Option<Bytes> = None;
        let mut more = true;
        let mut moved = Instant::now();
        loop {
            text = text.or_else(|| self.backlog.take().map(Bytes::from));
            if !more && text.is_none() {
                break;
            }
            let room = self.held.cover(self.backlog.len()) && self.backlog.len() < BACKLOG_MAX;
            tokio::select! {
                biased;
                sent = self.answers.send(text.as_ref()), if text.is_some() => match sent {
                    Ok(()) => text = None,
                    Err(_sender_left) => return,
                },
                step = steps.recv(), if more && room => match step {
                    Some(step) => more = self.take(step).await,
                    // Reading has failed: what is answered is not the whole.
                    None => return,
                },
                () = sleep(PATIENCE_CHECK) => {
                    let patience = if self.health.is_draining() { DRAIN_PATIENCE } else { self.pause_max };
                    // Where the sender owes the next lines it is the reading that waits.
                    let owes = text.is_some() || !room;
                    if owes && moved.elapsed() >= patience {
                        return;
                    }
                    continue;
                }
            }
            moved = Instant::now();
        }
        drop(steps);
        // The body is passed over first, as far as that goes: a sender that still sends might not see the answer.
        let _ = reading.await;
        self.answers.end();
    }

    /// Waits until lines are durable and keeps the answers to them; tells whether more is to come.
    async fn take(&mut self, step: Step) -> bool {
        let (numbers, handed) = match step {
            Step::Handed(numbers, handed) => (numbers, handed),
            Step::Ended(line, problem) => {
                self.backlog.push_text(&MemberJson::unavailable(line, &problem));
                return false;
            }
            Step::Done => return false,
        };
        for (number, outcome) in numbers.iter().zip(&self.members.decided(handed).await) {
            self.backlog.push(*number, outcome, self.detail);
            if outcome.as_ref().is_err_and(is_passing) {
                return false;
            }
        }
        true
    }
}
