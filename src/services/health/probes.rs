//! One run of probes, and questions that are asked once however long their answer takes.

use super::check::{Check, Status};
use super::verdict::{self, Space, Timed, Verdict, Written};
use crate::domain::session::Session;
use crate::domain::time::{Timestamp, milliseconds};
use crate::services::agents::Agents;
use crate::store::handle::Store;
use crate::store::sequencer::queue::QueueError;
use std::fmt;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// How long a run may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// When every probe of a run ends, answered or not.
    pub(super) max: Duration,
    /// A run longer than this is logged.
    pub(super) logged: Duration,
}

impl Times {
    /// Whoever asks for health waits for seconds at most, and one second is long for what takes milliseconds.
    pub(super) const USUAL: Self = Self { max: Duration::from_secs(10), logged: Duration::from_secs(1) };
}

/// How often the applier is looked at while it has not come as far as the probe's own write.
const APPLIER_LOOK: Duration = Duration::from_millis(2);

/// What a run found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// `database`, `session`, `eventLedger`, `agentRegistry` and `disk`.
    pub(super) checks: Vec<Check>,
    /// Whether the sequencer works.
    pub(super) sequencer: bool,
    /// Free bytes and all bytes of the disk.
    pub(super) space: Space,
}

impl Found {
    pub(super) fn status(&self, name: &str) -> Option<Status> {
        self.checks.iter().find(|check| check.name == name).map(|check| check.status)
    }

    /// Tells whether a check is not down.
    pub(super) fn works(&self, name: &str) -> bool {
        self.status(name).is_some_and(|status| status != Status::Down)
    }
}

/// Asks the machine. What has not answered yet is kept from run to run.
#[derive(Debug)]
pub(super) struct Probes {
    store: Store,
    agents: Agents,
    reserve_bytes: u64,
    times: Times,
    write: Pending<Written>,
    read: Pending<bool>,
    registry: Pending<bool>,
    sessions: Pending<bool>,
    space: Pending<Space>,
}

/// A question to the store or the machine. When the answer does not come in time nothing is asked again: the next
/// round waits for the same answer. So a disk that hangs holds one question, however many callers ask.
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

async fn timed<T>(answer: impl Future<Output = Option<T>>) -> Timed<T> {
    let began = Instant::now();
    let answer = answer.await;
    (answer, began.elapsed())
}

impl Probes {
    pub(super) fn new(store: Store, agents: Agents, reserve_bytes: u64, times: Times) -> Self {
        let (read, registry, sessions) = (Pending::default(), Pending::default(), Pending::default());
        let (write, space) = (Pending::default(), Pending::default());
        Self { store, agents, reserve_bytes, times, write, read, registry, sessions, space }
    }

    pub(super) async fn run(&mut self, now: Timestamp) -> Found {
        let began = Instant::now();
        let deadline = began + self.times.max;
        let (store, agents) = (|| self.store.clone(), || self.agents.clone());
        let write = timed(self.write.answer(deadline, || write(store())));
        let read = timed(self.read.answer(deadline, || answers(store(), |store| store.head().is_ok())));
        let space = timed(self.space.answer(deadline, || space(store())));
        let registry = timed(self.registry.answer(deadline, || answers(agents(), Agents::answers)));
        let count = |store: &Store| store.count_rows::<Session>().is_ok();
        let sessions = timed(self.sessions.answer(deadline, || answers(store(), count)));
        let (write, read, registry, sessions, space) = tokio::join!(write, read, registry, sessions, space);
        let ledger = match write.0 {
            Some(Ok(())) => timed(applied(store(), deadline)).await,
            _ => (None, Duration::ZERO),
        };
        let busy = matches!(write.0, Some(Err(QueueError::Full)));
        let failed = self.store.failure().is_some();
        let sequencer = write.0.is_some() && !failed;
        let check = |name, verdict: Verdict, latency| verdict.of(name, latency, now);
        let is_below_reserve = self.store.is_below_reserve();
        let disk = verdict::disk(space.0.flatten(), self.reserve_bytes, is_below_reserve);
        let checks = vec![
            check("database", verdict::database(&write, &read), write.1.max(read.1)),
            check("session", verdict::works(sessions.0, "sessions"), sessions.1),
            check("eventLedger", verdict::ledger(failed, ledger.0.is_some(), busy), write.1 + ledger.1),
            check("agentRegistry", verdict::works(registry.0, "agents"), registry.1),
            check("disk", disk, space.1),
        ];
        let took = began.elapsed();
        if took > self.times.logged {
            report_slow(took, &checks);
        }
        Found { checks, sequencer, space: space.0.flatten() }
    }
}

/// Says that a run took long, and which check did.
fn report_slow(took: Duration, checks: &[Check]) {
    let elapsed_ms = milliseconds(took);
    let longest = checks.iter().map(|check| check.latency).max().unwrap_or_default();
    // What another check waited for as well stands before it and took nearly as long.
    let slowest =
        checks.iter().find(|check| check.latency * 10 >= longest * 9).map_or("none", |check| check.name);
    tracing::warn!(elapsed_ms, part = slowest, "A health run took {elapsed_ms} ms, most of it for {slowest}");
}

/// Has the journal write and sync an entry of its own.
pub(super) async fn write(store: Store) -> Written {
    store.probe().await.map(drop)
}

/// Waits until the applier has come as far as what is acknowledged now; none when it has not by the deadline.
async fn applied(store: Store, deadline: Instant) -> Option<()> {
    let wanted = store.positions().acknowledged;
    while store.positions().applied < wanted {
        if Instant::now() >= deadline || store.failure().is_some() {
            return None;
        }
        tokio::time::sleep(APPLIER_LOOK).await;
    }
    Some(())
}

/// Asks something that blocks on disk whether it answers.
async fn answers<T: Send + 'static>(asked: T, answers: impl FnOnce(&T) -> bool + Send + 'static) -> bool {
    tokio::task::spawn_blocking(move || answers(&asked)).await.unwrap_or(false)
}

/// Asks how much space there is.
async fn space(store: Store) -> Space {
    let look = move || Some((store.free_bytes().ok()?, store.total_bytes().ok()?));
    tokio::task::spawn_blocking(look).await.ok().flatten()
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
