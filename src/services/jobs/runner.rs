//! The one that runs jobs.

use super::board::{JobView, Known};
use super::job::Job;
use crate::domain::agent::RequestMark;
use crate::domain::job::{Run, RunOutcome, Trigger};
use crate::domain::time::Timestamp;
use crate::platform::clock::Clock;
use crate::platform::workers::{Outcome, Worker};
use crate::services::refusal::Refusal;
use crate::store::effects::Effects;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::telemetry::metrics::Metrics;
use data_encoding::HEXLOWER;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    /// Counts repeated runs.
    metrics: Arc<Metrics>,
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
struct Running {
    job: &'static str,
    trigger: Trigger,
    work: JoinHandle<Result<String, String>>,
}

impl Jobs {
    /// Loads what is known of the jobs' runs. Blocks on disk.
    pub fn load(
        store: Store,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        jobs: Vec<Job>,
    ) -> Result<Self, StoreError> {
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
            metrics,
            board: Mutex::new(board),
        })))
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

    /// Returns the worker that runs jobs when they are due or asked for, one a step.
    pub fn worker(&self) -> Worker {
        let (jobs, nudged) = (self.clone(), self.clone());
        let worker = Worker::asynchronous("jobs", LOOK_EVERY, move |_now| jobs.clone().run_due());
        worker.nudged_by(move || {
            let jobs = nudged.clone();
            async move { jobs.0.asked.notified().await }
        })
    }

    /// Runs the first job that is due, if there is one. A failed run is no failure of the runner.
    async fn run_due(self) -> Outcome {
        self.note_look();
        let Some(mut running) = self.begin() else { return Ok(()) };
        let result = loop {
            tokio::select! {
                ended = &mut running.work => break ended.unwrap_or_else(|_gone| Err("it was given up".to_owned())),
                () = tokio::time::sleep(LOOK_EVERY) => self.note_look(),
            }
        };
        self.finish(&running, result);
        // Another job may be due.
        self.0.asked.notify_one();
        Ok(())
    }

    /// Begins the first run that is due.
    fn begin(&self) -> Option<Running> {
        let now = self.0.clock.now();
        let (job, trigger) = self.board().iter_mut().find_map(|known| known.begin(now))?;
        let (name, work) = (job.name, job.work);
        if trigger == Trigger::Retry {
            self.0.metrics.job_retried();
        }
        let guarded = move || {
            let worked = catch_unwind(AssertUnwindSafe(|| work(now)));
            worked.unwrap_or_else(|_panic| Err("it panicked; the log says where".to_owned()))
        };
        Some(Running { job: name, trigger, work: tokio::task::spawn_blocking(guarded) })
    }

    /// Keeps what became of a run.
    fn finish(&self, running: &Running, result: Result<String, String>) {
        let (name, trigger) = (running.job, running.trigger);
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
