//! Feeding the appliance until there is enough.

use crate::cli::demo::counters;
use crate::cli::demo::feed::{Feed, NEW_OF_HUNDRED, Step};
use crate::cli::demo::screen::Screen;
use crate::cli::demo::sender::{Answer, Credential, Sender};
use crate::cli::demo::tally::Tally;
use crate::cli::demo::verdict::{Verdict, judge};
use crate::cli::output;
use crate::platform::clock::Clock;
use crate::store::handle::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, interval, interval_at};

/// Requests under way at once: a slow answer does not stop the pace, and a stuck appliance does not fill the memory.
const UNDER_WAY_MAX: usize = 256;

/// Unexpected answers after which there is no use in going on.
const UNEXPECTED_MAX: u64 = 20;

/// How far the feed may fall behind before it gives up catching up, for a machine that slept.
const LAG_MAX: Duration = Duration::from_secs(1);

/// Longest wait for the answers still due at the end.
const SETTLE_TIME_MAX: Duration = Duration::from_secs(15);

/// What the feed is driven with.
#[derive(Debug)]
pub(super) struct Drive {
    /// Makes requests.
    pub(super) feed: Feed,
    /// Sends them.
    pub(super) sender: Arc<Sender>,
    /// Dates them.
    pub(super) clock: Arc<dyn Clock>,
    /// Keeps the counters.
    pub(super) store: Store,
    /// Shows them.
    pub(super) screen: Screen,
    /// New events a second.
    pub(super) rate: u32,
    /// New events after which it ends by itself.
    pub(super) goal: Option<u64>,
}

/// Why the feed ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// As many events as asked for are stored.
    Enough,
    /// A signal came.
    Signal(&'static str),
    /// Nobody reads the status lines any more.
    Unread,
    /// Too many answers were not the ones due.
    Hopeless,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Driven {
    /// The counts.
    pub(super) tally: Tally,
    /// How long it fed.
    pub(super) elapsed: Duration,
    /// Why it ended.
    pub(super) end: End,
}

impl Drive {
    /// Feeds the appliance until there is enough, or until `stop` names a signal; then waits for the answers due.
    pub(super) async fn run(self, tally: Tally, stop: impl Future<Output = &'static str>) -> Driven {
        let mut round = Round { drive: self, tally, under_way: JoinSet::new(), new_under_way: 0 };
        let began = Instant::now();
        let end = round.feed(began, stop).await;
        let elapsed = began.elapsed();
        round.settle().await;
        counters::save(&round.drive.store, round.tally.in_all());
        Driven { tally: round.tally, elapsed, end }
    }

    /// Beats for every request: new events come at the rate, repeats and strangers on top.
    fn beat(&self) -> Interval {
        interval(Duration::from_secs(1) * NEW_OF_HUNDRED / (100 * self.rate.max(1)))
    }
}

struct Round {
    drive: Drive,
    tally: Tally,
    under_way: JoinSet<(Step, Result<Answer, String>)>,
    new_under_way: u64,
}

impl Round {
    async fn feed(&mut self, began: Instant, stop: impl Future<Output = &'static str>) -> End {
        let mut beat = self.drive.beat();
        let mut second = interval_at(began + Duration::from_secs(1), Duration::from_secs(1));
        let mut stop = std::pin::pin!(stop);
        loop {
            if self.drive.goal.is_some_and(|goal| self.tally.now.stored >= goal) {
                return End::Enough;
            }
            if self.tally.unexpected > UNEXPECTED_MAX {
                return End::Hopeless;
            }
            tokio::select! {
                due = beat.tick(), if self.may_send() => {
                    if due.elapsed() > LAG_MAX {
                        beat.reset();
                    }
                    self.send();
                }
                Some(answered) = self.under_way.join_next() => self.take(answered),
                _ = second.tick() => {
                    counters::save(&self.drive.store, self.tally.in_all());
                    let now = self.drive.clock.now();
                    if self.drive.screen.status(now, &self.tally, began.elapsed()).is_err() {
                        return End::Unread;
                    }
                }
                signal = &mut stop => return End::Signal(signal),
            }
        }
    }

    /// Tells whether one more may be sent: with a goal, no more new events than it lacks.
    fn may_send(&self) -> bool {
        let coming = self.tally.now.stored + self.new_under_way;
        self.under_way.len() < UNDER_WAY_MAX && self.drive.goal.is_none_or(|goal| coming < goal)
    }

    fn send(&mut self) {
        let step = self.drive.feed.next(self.drive.clock.now());
        self.new_under_way += u64::from(matches!(step, Step::New(_)));
        let sender = Arc::clone(&self.drive.sender);
        self.under_way.spawn(async move {
            let answer = match &step {
                Step::New(delivery) => sender.send(delivery, Credential::Known).await,
                Step::Repeat(again) => sender.send(&again.delivery, Credential::Known).await,
                Step::Stranger(delivery) => sender.send(delivery, Credential::Unknown).await,
            };
            (step, answer)
        });
    }

    fn take(&mut self, answered: Result<(Step, Result<Answer, String>), tokio::task::JoinError>) {
        let (step, answer) =
            answered.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
        self.new_under_way -= u64::from(matches!(step, Step::New(_)));
        if let Ok(answer) = &answer {
            self.tally.answered(answer.latency);
        }
        match judge(&step, &answer) {
            Verdict::Stored(location) => {
                self.tally.stored(&location);
                if let Step::New(delivery) = step {
                    self.drive.feed.acknowledge(delivery, location);
                }
            }
            Verdict::Repeated => self.tally.now.repeats += 1,
            Verdict::Refused => self.tally.now.refused += 1,
            Verdict::Unexpected(what) => {
                self.tally.unexpected += 1;
                output::note(&format!("unexpected: {what}"));
            }
        }
    }

    /// Waits for the answers that are due; those that do not come are unexpected.
    async fn settle(&mut self) {
        let deadline = Instant::now() + SETTLE_TIME_MAX;
        while let Ok(Some(answered)) = tokio::time::timeout_at(deadline, self.under_way.join_next()).await {
            self.take(answered);
        }
        if !self.under_way.is_empty() {
            let left = self.under_way.len();
            self.tally.unexpected += left as u64;
            output::note(&format!("unexpected: {left} requests were not answered in time"));
        }
    }
}
