//! One run of probes.

use super::check::{Check, Status};
use super::pending::Pending;
use crate::domain::time::Timestamp;
use crate::services::agents::Agents;
use crate::store::handle::{Refused, Store};
use crate::store::sequencer::queue::QueueError;
use std::time::{Duration, Instant};

/// When every probe of a run ends, answered or not.
const TIME_MAX: Duration = Duration::from_secs(10);

/// A run longer than this is logged.
const TIME_LOGGED: Duration = Duration::from_secs(1);

/// A database that takes longer than this for a write or a read is degraded.
const DATABASE_TIME_MAX: Duration = Duration::from_millis(100);

/// A disk with less than one part in so many free is degraded.
const DISK_FREE_PARTS: u64 = 10;

/// How often the applier is looked at while it has not come as far as the probe's own write.
const APPLIER_LOOK: Duration = Duration::from_millis(2);

/// What a run found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// `database`, `session`, `eventLedger`, `agentRegistry` and `disk`.
    pub(super) checks: Vec<Check>,
    /// Whether the sequencer works.
    pub(super) sequencer: bool,
}

impl Found {
    /// Returns the status of a check.
    pub(super) fn status(&self, name: &str) -> Option<Status> {
        self.checks.iter().find(|check| check.name == name).map(|check| check.status)
    }
}

/// What a journal write came to.
type Written = Result<(), Refused>;

/// Free bytes and all bytes of the disk; none when it does not say.
type Space = Option<(u64, u64)>;

/// Asks the machine. What has not answered yet is kept from run to run.
#[derive(Debug)]
pub(super) struct Probes {
    store: Store,
    agents: Agents,
    reserve_bytes: u64,
    write: Pending<Written>,
    read: Pending<bool>,
    registry: Pending<bool>,
    sessions: Pending<bool>,
    space: Pending<Space>,
}

/// An answer and how long it took; none when it did not come in time.
type Timed<T> = (Option<T>, Duration);

async fn timed<T>(answer: impl Future<Output = Option<T>>) -> Timed<T> {
    let began = Instant::now();
    let answer = answer.await;
    (answer, began.elapsed())
}

impl Probes {
    pub(super) fn new(store: Store, agents: Agents, reserve_bytes: u64) -> Self {
        let (read, registry, sessions) = (Pending::default(), Pending::default(), Pending::default());
        let (write, space) = (Pending::default(), Pending::default());
        Self { store, agents, reserve_bytes, write, read, registry, sessions, space }
    }

    /// Asks everything at once.
    pub(super) async fn run(&mut self, now: Timestamp) -> Found {
        let began = Instant::now();
        let deadline = began + TIME_MAX;
        let store = &self.store;
        let write = timed(self.write.answer(deadline, || write(store.clone())));
        let read = timed(self.read.answer(deadline, || read(store.clone())));
        let space = timed(self.space.answer(deadline, || space(store.clone())));
        let registry = timed(self.registry.answer(deadline, || registry(self.agents.clone())));
        let sessions = timed(self.sessions.answer(deadline, || sessions(store.clone())));
        let (write, read, registry, sessions, space) = tokio::join!(write, read, registry, sessions, space);
        let ledger = match write.0 {
            Some(Ok(())) => timed(applied(store.clone(), deadline)).await,
            _ => (None, Duration::ZERO),
        };
        let busy = matches!(write.0, Some(Err(QueueError::Full)));
        let sequencer = write.0.is_some() && self.store.failure().is_none();
        let check = |name, status, latency| Check { name, status, latency, at: now };
        let checks = vec![
            check("database", database(&write, &read), write.1.max(read.1)),
            check("session", works(sessions.0), sessions.1),
            check("eventLedger", self.ledger(ledger.0.is_some(), busy), write.1 + ledger.1),
            check("agentRegistry", works(registry.0), registry.1),
            check(
                "disk",
                disk(space.0.flatten(), self.reserve_bytes, self.store.is_below_reserve()),
                space.1,
            ),
        ];
        let took = began.elapsed();
        if took > TIME_LOGGED {
            let elapsed_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(elapsed_ms, "A health probe took long");
        }
        Found { checks, sequencer }
    }

    fn ledger(&self, applied: bool, busy: bool) -> Status {
        match (self.store.failure(), applied) {
            (None, true) => Status::Up,
            // Nothing was written, because too much waits: the sequencer has more than it can do.
            (None, false) if busy => Status::Degraded,
            _ => Status::Down,
        }
    }
}

fn disk(space: Space, reserve_bytes: u64, is_below_reserve: bool) -> Status {
    match space {
        Some((free, _)) if free < reserve_bytes || is_below_reserve => Status::Down,
        Some((free, total)) if free >= total / DISK_FREE_PARTS => Status::Up,
        Some(_) => Status::Degraded,
        None => Status::Down,
    }
}

fn database(write: &Timed<Written>, read: &Timed<bool>) -> Status {
    match (&write.0, read.0) {
        (Some(Ok(())), Some(true)) if write.1.max(read.1) <= DATABASE_TIME_MAX => Status::Up,
        (Some(Ok(()) | Err(QueueError::Full)), Some(true)) => Status::Degraded,
        _ => Status::Down,
    }
}

fn works(answer: Option<bool>) -> Status {
    if answer == Some(true) { Status::Up } else { Status::Down }
}

/// Has the journal write and sync an entry of its own.
async fn write(store: Store) -> Written {
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

/// Reads from the database.
async fn read(store: Store) -> bool {
    tokio::task::spawn_blocking(move || store.head().is_ok()).await.unwrap_or(false)
}

/// Asks the table of agents.
async fn registry(agents: Agents) -> bool {
    tokio::task::spawn_blocking(move || agents.answers()).await.unwrap_or(false)
}

/// Asks the table of sessions.
async fn sessions(store: Store) -> bool {
    tokio::task::spawn_blocking(move || store.count_sessions().is_ok()).await.unwrap_or(false)
}

/// Asks how much space there is.
async fn space(store: Store) -> Space {
    let look = move || Some((store.free_bytes().ok()?, store.total_bytes().ok()?));
    tokio::task::spawn_blocking(look).await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_under_a_tenth_is_degraded_and_one_below_its_reserve_down() {
        assert_eq!(disk(Some((100, 1_000)), 50, false), Status::Up);
        assert_eq!(disk(Some((99, 1_000)), 50, false), Status::Degraded);
        assert_eq!(disk(Some((49, 1_000)), 50, false), Status::Down);
        assert_eq!(disk(Some((900, 1_000)), 50, true), Status::Down);
        assert_eq!(disk(None, 50, false), Status::Down);
    }

    #[test]
    fn a_slow_database_is_degraded_and_one_that_fails_is_down() {
        let fast = Duration::from_millis(3);
        let slow = Duration::from_millis(101);
        let of = |write, read, took| database(&(write, took), &(read, fast));
        assert_eq!(of(Some(Ok(())), Some(true), fast), Status::Up);
        assert_eq!(of(Some(Ok(())), Some(true), slow), Status::Degraded);
        assert_eq!(of(Some(Err(QueueError::Full)), Some(true), fast), Status::Degraded);
        for (write, read) in [
            (None, Some(true)),
            (Some(Ok(())), None),
            (Some(Ok(())), Some(false)),
            (Some(Err(QueueError::Closed)), Some(true)),
            (Some(Err(QueueError::ReadOnly)), Some(true)),
        ] {
            assert_eq!(of(write, read, fast), Status::Down);
        }
    }
}
