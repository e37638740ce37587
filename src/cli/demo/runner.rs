//! Feeding the appliance until there is enough.

use crate::cli::demo::client::{Answered, DemoClient};
use crate::cli::demo::feed::{Due, Feed, NEW_OF_HUNDRED};
use crate::cli::demo::screen::Screen;
use crate::cli::demo::statistics::Statistics;
use crate::cli::output;
use crate::platform::clock::Clock;
use crate::store::handle::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, interval_at};

/// Requests in flight at once: a slow answer does not stop the pace, and a stuck appliance does not fill the memory.
const IN_FLIGHT_MAX: usize = 256;

/// Unexpected answers after which there is no use in going on.
const UNEXPECTED_MAX: u64 = 20;

/// How far the feed may fall behind before it gives up catching up, for a machine that slept.
const LAG_MAX: Duration = Duration::from_secs(1);

/// Longest wait for the answers still due at the end.
const SETTLE_TIME_MAX: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(super) struct Runner {
    pub(super) feed: Feed,
    pub(super) client: Arc<DemoClient>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) statistics: Statistics,
    pub(super) store: Store,
    pub(super) screen: Screen,
    pub(super) rate: u32,
    /// New events after which it ends by itself.
    pub(super) goal: Option<u64>,
    /// Requests that are sent and not answered.
    pub(super) in_flight: JoinSet<Answered>,
    pub(super) new_in_flight: u64,
}

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

impl Runner {
    /// Feeds the appliance until there is enough, or until `stop` names a signal; then waits for the answers due. Returns why
    /// the feed ended, and after how long.
    pub(super) async fn run(&mut self, stop: impl Future<Output = &'static str>) -> (End, Duration) {
        let began = Instant::now();
        let end = self.feed(began, stop).await;
        let elapsed = began.elapsed();
        self.settle().await;
        self.statistics.save(&self.store);
        (end, elapsed)
    }

    async fn feed(&mut self, began: Instant, stop: impl Future<Output = &'static str>) -> End {
        let mut beat = interval(Duration::from_secs(1) * NEW_OF_HUNDRED / (100 * self.rate.max(1)));
        let mut second = interval_at(began + Duration::from_secs(1), Duration::from_secs(1));
        let mut stop = std::pin::pin!(stop);
        loop {
            if self.goal.is_some_and(|goal| self.statistics.now.stored >= goal) {
                return End::Enough;
            }
            if self.statistics.unexpected > UNEXPECTED_MAX {
                return End::Hopeless;
            }
            tokio::select! {
                due = beat.tick(), if self.may_send() => {
                    if due.elapsed() > LAG_MAX {
                        beat.reset();
                    }
                    self.send();
                }
                Some(answered) = self.in_flight.join_next() => self.take(answered.expect("no request panics")),
                _ = second.tick() => {
                    self.statistics.save(&self.store);
                    let now = self.clock.now();
                    if self.screen.status(now, &self.statistics, began.elapsed()).is_err() {
                        return End::Unread;
                    }
                }
                signal = &mut stop => return End::Signal(signal),
            }
        }
    }

    /// Tells whether one more may be sent: with a goal, no more new events than it lacks.
    fn may_send(&self) -> bool {
        let coming = self.statistics.now.stored + self.new_in_flight;
        self.in_flight.len() < IN_FLIGHT_MAX && self.goal.is_none_or(|goal| coming < goal)
    }

    fn send(&mut self) {
        let request = self.feed.next(self.clock.now());
        self.new_in_flight += u64::from(request.due == Due::Stored);
        self.in_flight.spawn(Arc::clone(&self.client).send(request));
    }

    fn take(&mut self, Answered { request, location, latency }: Answered) {
        self.new_in_flight -= u64::from(request.due == Due::Stored);
        if let Some(latency) = latency {
            self.statistics.answered(latency);
        }
        match (location, &request.due) {
            (Ok(location), Due::Stored) => {
                self.statistics.stored(&location);
                self.feed.acknowledge(request, location);
            }
            (Ok(_), Due::Repeat(_)) => self.statistics.now.repeats += 1,
            (Ok(_), Due::Refused) => self.statistics.now.refused += 1,
            (Err(happened), _) => {
                self.statistics.unexpected += 1;
                output::note(&format!("unexpected: {request} {happened}"));
            }
        }
    }

    /// Waits for the answers that are due; those that do not come are unexpected.
    async fn settle(&mut self) {
        let deadline = Instant::now() + SETTLE_TIME_MAX;
        while let Ok(Some(answered)) = tokio::time::timeout_at(deadline, self.in_flight.join_next()).await {
            self.take(answered.expect("no request panics"));
        }
        let left = self.in_flight.len();
        if left > 0 {
            self.statistics.unexpected += left as u64;
            output::note(&format!("unexpected: {left} requests were not answered in time"));
        }
    }
}
