//! The one that runs jobs.

use super::board::{JobView, Known};
use super::job::Job;
use crate::domain::agent::RequestMark;
use crate::domain::job::{Run, RunOutcome, Trigger};
use crate::domain::time::Timestamp;
use crate::platform::clock::Clock;
use crate::platform::shutdown::Shutdown;
use crate::services::refusal::Refusal;
use crate::store::effects::Effects;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::telemetry::metrics::Metrics;
use data_encoding::HEXLOWER;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// How often the runner looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A runner that has not looked for so long does not move.
const STILL_MAX: Duration = Duration::from_secs(30);

/// Runs jobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Jobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    origin: Instant,
    /// Milliseconds from `origin` to the runner's last look, and 1; 0 before the first.
    looked: AtomicU64,
    /// Somebody asked for a run.
    asked: Notify,
    /// A run has ended.
    finished: Notify,
    /// Where repeated runs are counted; a process without metrics has none.
    metrics: OnceLock<Arc<Metrics>>,
    /// Taken for moments.
    board: Mutex<Vec<Known>>,
}

/// What a request for a run comes to.
#[derive(Clone, Debug)]
pub enum Asked {
    /// It runs, or will at once.
    Now(JobView),
    /// The same request was made before.
    Before,
}

/// A run under way.
type Running = (Trigger, &'static str, JoinHandle<Result<String, String>>);

impl Jobs {
    /// Loads what is known of the jobs' runs. Blocks on disk.
    pub fn load(store: Store, clock: Arc<dyn Clock>, jobs: Vec<Job>) -> Result<Self, StoreError> {
        let mut runs = store.load_rows::<Run>()?;
        let now = clock.now();
        let mut board = Vec::with_capacity(jobs.len());
        for job in jobs {
            let history = runs.extract_if(.., |run| run.job == job.name).collect();
            board.push(Known::new(job, history, now));
        }
        let (origin, looked, asked) = (Instant::now(), AtomicU64::new(0), Notify::new());
        Ok(Self(Arc::new(Inner {
            store,
            clock,
            origin,
            looked,
            asked,
            finished: Notify::new(),
            metrics: OnceLock::new(),
            board: Mutex::new(board),
        })))
    }

    /// Counts repeated runs from now on.
    pub fn count_in(&self, metrics: Arc<Metrics>) {
        let _ = self.0.metrics.set(metrics);
    }

    /// Returns every job.
    pub fn list(&self) -> Vec<JobView> {
        self.board().iter().map(Known::view).collect()
    }

    /// Returns a job.
    pub fn find(&self, name: &str) -> Result<JobView, Refusal> {
        let found = self.board().iter().find(|known| known.job.name == name).map(Known::view);
        found.ok_or_else(|| Refusal::not_found("job", name))
    }

    /// Has a job run now, unless it does already or the same request was made before.
    pub fn ask(&self, name: &str, mark: Option<RequestMark>) -> Result<Asked, Refusal> {
        let now = self.0.clock.now();
        let request = mark.map(|RequestMark(digest)| HEXLOWER.encode(&digest));
        let mut board = self.board();
        let known = board.iter_mut().find(|known| known.job.name == name);
        let known = known.ok_or_else(|| Refusal::not_found("job", name))?;
        if known.knows(request.as_deref()) {
            return Ok(Asked::Before);
        }
        if known.running_since.is_none() {
            known.ask(now, request);
            self.0.asked.notify_one();
        }
        Ok(Asked::Now(known.view()))
    }

    /// Waits until the job neither runs nor is about to, but not longer than `patience`.
    pub async fn settle(&self, name: &str, patience: Duration) -> Result<JobView, Refusal> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let finished = self.0.finished.notified();
            let mut finished = std::pin::pin!(finished);
            finished.as_mut().enable();
            let job = self.find(name)?;
            let waits = job.running_since.is_some() || job.next_at <= self.0.clock.now();
            if !waits || tokio::time::timeout_at(deadline, finished).await.is_err() {
                return Ok(job);
            }
        }
    }

    /// Tells whether the runner looks for what is due.
    pub fn moves(&self) -> bool {
        let looked = self.0.looked.load(Ordering::Relaxed);
        looked > 0 && self.elapsed_ms() < looked + u64::try_from(STILL_MAX.as_millis()).unwrap_or(u64::MAX)
    }

    /// Runs jobs when they are due, one after another, until the stop; the run under way is finished.
    pub async fn run(self, mut shutdown: Shutdown) {
        let mut interval = tokio::time::interval(LOOK_EVERY);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut running: Option<Running> = None;
        self.note_look();
        loop {
            tokio::select! {
                _ = interval.tick() => {}
                () = self.0.asked.notified() => {}
                result = ended(&mut running), if running.is_some() => self.finish(&mut running, result),
                () = shutdown.requested() => break,
            }
            self.note_look();
            running = running.or_else(|| self.begin());
        }
        if running.is_some() {
            let result = ended(&mut running).await;
            self.finish(&mut running, result);
        }
    }

    /// Begins the first run that is due.
    fn begin(&self) -> Option<Running> {
        let now = self.0.clock.now();
        let (job, trigger) = self.board().iter_mut().find_map(|known| known.begin(now))?;
        let (name, work) = (job.name, job.work);
        if let Some(metrics) = self.0.metrics.get().filter(|_metrics| trigger == Trigger::Retry) {
            metrics.job_retried();
        }
        let guarded = move || {
            let worked = catch_unwind(AssertUnwindSafe(|| work(now)));
            worked.unwrap_or_else(|_panic| Err("it panicked; the log says where".to_owned()))
        };
        Some((trigger, name, tokio::task::spawn_blocking(guarded)))
    }

    /// Keeps what became of a run.
    fn finish(&self, running: &mut Option<Running>, result: Result<String, String>) {
        let Some((trigger, name, _ended)) = running.take() else { return };
        let now = self.0.clock.now();
        let mut board = self.board();
        let Some(known) = board.iter_mut().find(|known| known.job.name == name) else { return };
        let run = known.record(trigger, now, result);
        log(&run, now);
        let mut effects = Effects::default().put(&run);
        if let Some(old) = known.keep(run) {
            effects = effects.delete::<Run>((&old.job, old.started_at));
        }
        self.0.finished.notify_waiters();
        if let Err(error) = self.0.store.put(effects) {
            tracing::warn!(worker = name, error = %error, "A job's run was not written");
        }
    }

    fn note_look(&self) {
        self.0.looked.store(self.elapsed_ms() + 1, Ordering::Relaxed);
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.0.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn board(&self) -> MutexGuard<'_, Vec<Known>> {
        self.0.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for the end of the run under way.
async fn ended(running: &mut Option<Running>) -> Result<String, String> {
    match running {
        Some((_, _, work)) => work.await.unwrap_or_else(|_gone| Err("it was given up".to_owned())),
        None => std::future::pending().await,
    }
}

fn log(run: &Run, now: Timestamp) {
    let elapsed = now.duration_since(run.started_at);
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    match run.outcome {
        RunOutcome::Succeeded => {
            tracing::info!(worker = %run.job, elapsed_ms, "Job {} ran: {}", run.job, run.message);
        }
        RunOutcome::Failed => {
            tracing::warn!(worker = %run.job, elapsed_ms, error = %run.message, "Job {} failed", run.job);
        }
    }
}
