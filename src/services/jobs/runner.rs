//! The one that runs jobs.

use super::board::{Job, JobView, Known};
use crate::domain::job::{Run, RunOutcome, Trigger, place};
use crate::domain::time::{Timestamp, milliseconds};
use crate::platform::clock::Clock;
use crate::platform::locks::lock;
use crate::platform::workers::{Outcome, Worker};
use crate::services::refusal::Refusal;
use crate::services::request::{self, Request};
use crate::store::effects::Effects;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::telemetry::metrics::Metrics;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
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
        let (origin, looked, board) = (Instant::now(), AtomicU64::default(), Mutex::new(board));
        let (asked, finished) = (Notify::new(), Notify::new());
        Ok(Self(Arc::new(Inner { store, clock, origin, looked, asked, finished, metrics, board })))
    }

    /// Returns every job.
    pub fn list(&self) -> Vec<JobView> {
        lock(&self.0.board).iter().map(Known::view).collect()
    }

    /// Returns a job.
    pub fn find(&self, name: &str) -> Result<JobView, Refusal> {
        self.with(name, |known| known.view()).ok_or_else(|| Refusal::not_found("job", name))
    }

    /// Has a job run now, unless it does already. A request with an idempotency key is done when the run has ended.
    pub async fn ask(&self, request: impl Into<Request>, name: &str) -> Result<JobView, Refusal> {
        let (jobs, once, name) = (self.clone(), request.into().once, self.find(name)?.name);
        request::to_its_end(async move {
            let store = &jobs.0.store;
            if let Some(request) = once {
                store.begin_request::<Refusal>(request).await?;
            }
            let now = jobs.0.clock.now();
            let asked = jobs.with(name, |known| (known.ask(now, once), known.view()));
            let (joins, job) = asked.ok_or_else(|| Refusal::not_found("job", name))?;
            jobs.0.asked.notify_one();
            if joins && once.is_some() {
                request::complete(store, once, Effects::default(), place(name)).await?;
            }
            Ok(job)
        })
        .await
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
        looked > 0 && self.elapsed_ms() < looked + milliseconds(STILL_MAX)
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
        self.finish(&running, result).await;
        // Another job may be due.
        self.0.asked.notify_one();
        Ok(())
    }

    /// Begins the first run that is due.
    fn begin(&self) -> Option<Running> {
        let now = self.0.clock.now();
        let (job, trigger) = lock(&self.0.board).iter_mut().find_map(|known| known.begin(now))?;
        let (name, work) = (job.name, job.work);
        if trigger == Trigger::Retry {
            self.0.metrics.machine.job_retried();
        }
        let guarded = move || {
            let worked = catch_unwind(AssertUnwindSafe(|| work(now)));
            worked.unwrap_or_else(|_panic| Err("it panicked; the log says where".to_owned()))
        };
        Some(Running { job: name, trigger, work: tokio::task::spawn_blocking(guarded) })
    }

    /// Keeps what became of a run: what shows it can rely on its being written.
    async fn finish(&self, running: &Running, result: Result<String, String>) {
        let (name, trigger) = (running.job, running.trigger);
        let now = self.0.clock.now();
        let ended = self.with(name, |known| {
            let run = known.record(trigger, now, result);
            let effects = Effects::default().put(&run);
            let effects = match known.surplus() {
                Some(old) => effects.delete::<Run>((&old.job, old.started_at)),
                None => effects,
            };
            (run, effects, known.request)
        });
        let Some((run, effects, once)) = ended else { return };
        log(&run, now);
        if let Err(error) = request::complete(&self.0.store, once, effects, place(name)).await {
            tracing::warn!(worker = name, error = %error, "A job's run was not written");
        }
        self.with(name, |known| known.keep(run));
        self.0.finished.notify_waiters();
    }

    /// Works on what is known of a job.
    fn with<T>(&self, name: &str, work: impl FnOnce(&mut Known) -> T) -> Option<T> {
        lock(&self.0.board).iter_mut().find(|known| known.job.name == name).map(work)
    }

    fn note_look(&self) {
        self.0.looked.store(self.elapsed_ms() + 1, Ordering::Relaxed);
    }

    fn elapsed_ms(&self) -> u64 {
        milliseconds(self.0.origin.elapsed())
    }
}

fn log(run: &Run, now: Timestamp) {
    let elapsed_ms = milliseconds(now.duration_since(run.started_at));
    match run.outcome {
        RunOutcome::Succeeded => {
            tracing::info!(worker = %run.job, elapsed_ms, "Job {} ran: {}", run.job, run.message);
        }
        RunOutcome::Failed => {
            tracing::warn!(worker = %run.job, elapsed_ms, error = %run.message, "Job {} failed", run.job);
        }
    }
}
