//! Writing what became of lines while more of them come.

use crate::services::health::Health;
use crate::web::held::{AnswerMemory, MemoryShare};
use crate::web::intake::backlog::Backlog;
use crate::web::intake::members::{Handed, Members};
use crate::web::problem::Problem;
use crate::web::wire::member::{Detail, MemberJson, is_passing};
use bytes::Bytes;
use http_body_util::channel::Sender;
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// Most memory that answers of one request take before the sender takes some: then no more is read.
const BACKLOG_MAX: usize = 1024 * 1024;

/// Memory is taken from what all answers share in steps of this.
const MEMORY_STEP: usize = 64 * 1024;

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
}

/// Answers the lines of one request.
pub(super) struct Answering {
    pub(super) members: Members,
    pub(super) detail: Detail,
    pub(super) sender: Sender<Bytes, io::Error>,
    pub(super) memory: AnswerMemory,
    pub(super) health: Health,
    /// Longest time in which nothing moves.
    pub(super) pause_max: Duration,
}

/// Answers that wait, and the memory taken for them.
#[derive(Default)]
struct Waiting {
    backlog: Backlog,
    shares: Vec<MemoryShare>,
    /// Being sent.
    text: Option<Bytes>,
}

impl Answering {
    /// Answers until everything is answered, the sender is gone, or nothing moves any more.
    pub(super) async fn run(mut self, mut steps: mpsc::Receiver<Step>, reading: JoinHandle<()>) {
        let mut waiting = Waiting::default();
        let mut more = true;
        let mut moved = Instant::now();
        loop {
            waiting.text = waiting.text.or_else(|| waiting.backlog.take().map(Bytes::from));
            if !more && waiting.text.is_none() {
                break;
            }
            let room = waiting.has_room(&self.memory);
            tokio::select! {
                biased;
                sent = send(&mut self.sender, waiting.text.as_ref()), if waiting.text.is_some() => match sent {
                    Ok(()) => waiting.text = None,
                    Err(error) => return self.sender.abort(error),
                },
                step = steps.recv(), if more && room => match step {
                    Some(step) => more = self.take(step, &mut waiting.backlog).await,
                    None => more = false,
                },
                () = sleep(PATIENCE_CHECK) => {
                    let patience = if self.health.is_draining() { DRAIN_PATIENCE } else { self.pause_max };
                    // Where the sender owes the next lines it is the reading that waits.
                    let owes = waiting.text.is_some() || !room;
                    if owes && moved.elapsed() >= patience {
                        return self.sender.abort(io::ErrorKind::TimedOut.into());
                    }
                    continue;
                }
            }
            moved = Instant::now();
        }
        drop(steps);
        // The body is passed over first, as far as that goes: a sender that still sends might not see the answer.
        let _ = reading.await;
    }

    /// Waits until lines are durable and keeps the answers to them; tells whether more is to come.
    async fn take(&self, step: Step, backlog: &mut Backlog) -> bool {
        let (numbers, handed) = match step {
            Step::Handed(numbers, handed) => (numbers, handed),
            Step::Ended(line, problem) => {
                backlog.push_text(&MemberJson::unavailable(line, &problem));
                return false;
            }
        };
        for (number, outcome) in numbers.iter().zip(&self.members.decided(handed).await) {
            backlog.push(*number, outcome, self.detail);
            if outcome.as_ref().is_err_and(is_passing) {
                return false;
            }
        }
        true
    }
}

impl Waiting {
    /// Tells whether more answers may be kept, and takes and gives back memory accordingly.
    fn has_room(&mut self, memory: &AnswerMemory) -> bool {
        let steps = self.backlog.len() / MEMORY_STEP;
        self.shares.truncate(steps);
        while self.shares.len() < steps {
            match memory.take(MEMORY_STEP) {
                Some(share) => self.shares.push(share),
                None => return false,
            }
        }
        self.backlog.len() < BACKLOG_MAX
    }
}

/// Gives a text out once there is a place for it.
async fn send(sender: &mut Sender<Bytes, io::Error>, text: Option<&Bytes>) -> Result<(), io::Error> {
    match text {
        Some(text) => sender.send_data(text.clone()).await.map_err(|_left| io::ErrorKind::BrokenPipe.into()),
        None => Ok(()),
    }
}
