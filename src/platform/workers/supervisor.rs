//! Running a worker's steps.

use super::status::{WorkerState, Workers};
use super::worker::{Outcome, Step, Worker};
use crate::platform::clock::Clock;
use crate::platform::shutdown::Shutdown;
use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::Instant;

/// So many panics within [`PANIC_WINDOW`] end a worker: a mistake that comes back this often does not pass by itself.
const PANICS_MAX: usize = 5;

/// The time in which panics are counted. With the back-off, a worker that always panics makes its last step after 15 s.
const PANIC_WINDOW: Duration = Duration::from_mins(1);

/// The wait after the first panic; doubles with every further one in the window.
const BACK_OFF: Duration = Duration::from_secs(1);

/// Runs the steps of one worker and reports them on the board.
#[derive(Debug)]
pub struct Supervisor {
    worker: Worker,
    clock: Arc<dyn Clock>,
    board: Workers,
    /// When the last steps panicked, by the clock that never jumps.
    panics: VecDeque<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// After the interval, or when the nudge comes.
    Interval,
    /// After so much time; a nudge does not shorten it.
    BackOff(Duration),
    /// Never: it panicked too often.
    Never,
}

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was stopped.
    Stopped,
    /// It panicked five times within a minute.
    PanickedTooOften,
}

impl Supervisor {
    /// Puts a worker on the board; its first step comes with [`Self::run`] or [`Self::step`].
    pub fn new(worker: Worker, clock: Arc<dyn Clock>, board: &Workers) -> Self {
        board.add(worker.name);
        Self { worker, clock, board: board.clone(), panics: VecDeque::new() }
    }

    /// Runs steps until the stop, and finishes the one under way.
    pub async fn run(mut self, mut shutdown: Shutdown) -> Ended {
        while !shutdown.is_requested() {
            let began = Instant::now();
            let next = self.advance().await;
            let nudge = async {
                match next {
                    Next::Interval => (self.worker.nudge)().await,
                    _ => std::future::pending().await,
                }
            };
            let due = match next {
                Next::Interval => began + self.worker.interval,
                Next::BackOff(pause) => Instant::now() + pause,
                Next::Never => return Ended::PanickedTooOften,
            };
            tokio::select! {
                biased;
                () = shutdown.requested() => {}
                () = tokio::time::sleep_until(due) => {}
                () = nudge => {}
            }
        }
        self.board.report(self.worker.name, |status| status.next_step_at = None);
        Ended::Stopped
    }

    /// Runs one step now, whatever the interval, and reports it. For tests, which set the clock by hand.
    pub async fn step(&mut self) {
        self.advance().await;
    }

    async fn advance(&mut self) -> Next {
        let (name, began) = (self.worker.name, self.clock.now());
        self.board.report(name, |status| {
            status.state = WorkerState::Running;
            (status.last_step_at, status.next_step_at) = (Some(began), None);
        });
        let step = match self.worker.step.clone() {
            Step::Blocking(step) => tokio::task::spawn_blocking(move || step(began)),
            Step::Asynchronous(step) => tokio::spawn(async move { step(began).await }),
        };
        let (outcome, next) = self.judge(step.await);
        let due = match next {
            Next::Interval => Some(began.saturating_add(self.worker.interval)),
            Next::BackOff(pause) => Some(self.clock.now().saturating_add(pause)),
            Next::Never => None,
        };
        self.board.report(name, |status| {
            status.steps += 1;
            status.next_step_at = due;
            status.restarts += u64::from(matches!(next, Next::BackOff(_)));
            status.state = WorkerState::Idle;
            if let Err(error) = outcome {
                status.failures += 1;
                (status.state, status.last_error) = (WorkerState::Failed, Some(error));
            }
        });
        next
    }

    /// Logs what went wrong in a step, and decides when the next one comes.
    fn judge(&mut self, ended: Result<Outcome, JoinError>) -> (Outcome, Next) {
        let worker = self.worker.name;
        match ended {
            Ok(outcome) => {
                if let Err(error) = &outcome {
                    tracing::warn!(worker, error = %error, "Worker {worker} failed");
                }
                (outcome, Next::Interval)
            }
            Err(gone) => {
                let error = format!("the step panicked: {}", reason_of(gone));
                tracing::error!(worker, error = %error, "Worker {worker} panicked");
                (Err(error), self.after_panic())
            }
        }
    }

    fn after_panic(&mut self) -> Next {
        let now = self.clock.read().passed;
        self.panics.push_back(now);
        self.panics.retain(|at| now.saturating_sub(*at) < PANIC_WINDOW);
        match self.panics.len() {
            count if count < PANICS_MAX => {
                let doublings = u32::try_from(count).unwrap_or(u32::MAX).saturating_sub(1);
                Next::BackOff(BACK_OFF * 2_u32.saturating_pow(doublings))
            }
            _ => Next::Never,
        }
    }
}

fn reason_of(gone: JoinError) -> String {
    let Ok(payload) = gone.try_into_panic() else { return "it was cancelled".to_owned() };
    let text = |payload: &dyn Any| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned())
    };
    text(payload.as_ref()).unwrap_or_else(|| "it does not say why".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::platform::clock::ManualClock;
    use crate::platform::shutdown;
    use crate::platform::workers::WorkerStatus;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use tokio::sync::{Notify, mpsc};

    const INTERVAL: Duration = Duration::from_mins(1);

    fn clock() -> Arc<ManualClock> {
        Arc::new(ManualClock::new(Timestamp::parse("2026-01-01T00:00:00Z").unwrap()))
    }

    fn after(seconds: u64) -> Timestamp {
        clock().now().saturating_add(Duration::from_secs(seconds))
    }

    fn status(board: &Workers) -> WorkerStatus {
        board.list().remove(0)
    }

    /// A worker whose steps end as the list says, one after another.
    fn scripted(script: &'static [&'static str]) -> Worker {
        let at = AtomicUsize::new(0);
        Worker::blocking("scripted", INTERVAL, move |_now| {
            match script.get(at.fetch_add(1, Ordering::SeqCst)).copied().unwrap_or_default() {
                "" => Ok(()),
                "panic" => panic!("on purpose"),
                error => Err(error.to_owned()),
            }
        })
    }

    #[tokio::test]
    async fn a_step_reports_success_and_failure_and_when_the_next_is_due() {
        let (clock, board) = (clock(), Workers::default());
        let mut supervisor = Supervisor::new(scripted(&["", "no room", ""]), Arc::clone(&clock) as _, &board);
        assert_eq!(status(&board), WorkerStatus::new("scripted"));

        supervisor.step().await;
        let fine = WorkerStatus {
            last_step_at: Some(after(0)),
            next_step_at: Some(after(60)),
            steps: 1,
            ..WorkerStatus::new("scripted")
        };
        assert_eq!(status(&board), fine);

        clock.advance(INTERVAL);
        supervisor.step().await;
        let failed = WorkerStatus {
            state: WorkerState::Failed,
            last_step_at: Some(after(60)),
            last_error: Some("no room".to_owned()),
            next_step_at: Some(after(120)),
            steps: 2,
            failures: 1,
            ..fine
        };
        assert_eq!(status(&board), failed);

        clock.advance(INTERVAL);
        supervisor.step().await;
        let recovered = status(&board);
        assert_eq!((recovered.state, recovered.steps, recovered.failures), (WorkerState::Idle, 3, 1));
        assert_eq!(recovered.last_error.as_deref(), Some("no room"), "the last error stays");
    }

    #[tokio::test]
    async fn a_panic_is_a_failure_after_which_the_worker_starts_again_with_a_growing_pause() {
        let (clock, board) = (clock(), Workers::default());
        let script = &["panic", "panic", "", "panic", "panic"];
        let mut supervisor = Supervisor::new(scripted(script), Arc::clone(&clock) as _, &board);
        supervisor.step().await;
        let first = status(&board);
        assert_eq!(
            (first.state, first.restarts, first.next_step_at),
            (WorkerState::Failed, 1, Some(after(1)))
        );
        assert_eq!(first.last_error.as_deref(), Some("the step panicked: on purpose"));
        supervisor.step().await;
        assert_eq!((status(&board).restarts, status(&board).next_step_at), (2, Some(after(2))));
        supervisor.step().await;
        assert_eq!((status(&board).state, status(&board).next_step_at), (WorkerState::Idle, Some(after(60))));

        clock.advance(PANIC_WINDOW);
        assert_eq!(supervisor.advance().await, Next::BackOff(BACK_OFF), "earlier panics count no more");
        assert_eq!(supervisor.advance().await, Next::BackOff(2 * BACK_OFF));
        assert_eq!((status(&board).steps, status(&board).failures, status(&board).restarts), (5, 4, 4));
    }

    #[tokio::test(start_paused = true)]
    async fn five_panics_within_a_minute_end_the_worker() {
        let (board, (_trigger, stop)) = (Workers::default(), shutdown::channel());
        let worker = scripted(&["panic"; 9]);
        let began = Instant::now();
        let ended = Supervisor::new(worker, clock(), &board).run(stop).await;
        assert_eq!(ended, Ended::PanickedTooOften);
        assert_eq!(began.elapsed().as_secs(), 1 + 2 + 4 + 8);
        let last = status(&board);
        assert_eq!((last.state, last.steps, last.next_step_at), (WorkerState::Failed, 5, None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_comes_at_once_after_the_interval_and_when_nudged() {
        let (board, (trigger, stop)) = (Workers::default(), shutdown::channel());
        let (told, mut steps) = mpsc::unbounded_channel();
        let nudge = Arc::new(Notify::new());
        let begun = Instant::now();
        let nudged = Arc::clone(&nudge);
        let worker = Worker::asynchronous("counted", INTERVAL, move |_now| {
            let told = told.clone();
            async move { told.send(begun.elapsed().as_secs()).map_err(|error| error.to_string()) }
        });
        let worker = worker.nudged_by(move || {
            let nudged = Arc::clone(&nudged);
            async move { nudged.notified().await }
        });
        let running = tokio::spawn(Supervisor::new(worker, clock(), &board).run(stop));
        assert_eq!((steps.recv().await, steps.recv().await), (Some(0), Some(60)));
        tokio::time::sleep(Duration::from_secs(7)).await;
        nudge.notify_one();
        assert_eq!((steps.recv().await, steps.recv().await), (Some(67), Some(127)));
        trigger.trigger();
        assert_eq!(running.await.unwrap(), Ended::Stopped);
        assert_eq!((status(&board).steps, status(&board).next_step_at), (4, None));
    }

    #[tokio::test]
    async fn the_stop_finishes_the_step_under_way() {
        let (board, (trigger, stop)) = (Workers::default(), shutdown::channel());
        let (begun, finished) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
        let (go_on, waits) = std::sync::mpsc::channel();
        let waits = Mutex::new(waits);
        let (began, ends) = (Arc::clone(&begun), Arc::clone(&finished));
        let worker = Worker::blocking("slow", INTERVAL, move |_now| {
            began.notify_one();
            waits.lock().unwrap().recv().unwrap();
            ends.store(true, Ordering::SeqCst);
            Ok(())
        });
        let running = tokio::spawn(Supervisor::new(worker, clock(), &board).run(stop));
        begun.notified().await;
        assert_eq!(status(&board).state, WorkerState::Running);
        trigger.trigger();
        go_on.send(()).unwrap();
        assert_eq!(running.await.unwrap(), Ended::Stopped);
        assert!(finished.load(Ordering::SeqCst));
        assert_eq!((status(&board).state, status(&board).steps), (WorkerState::Idle, 1));
    }
}
