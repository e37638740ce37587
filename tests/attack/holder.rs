//! An attacker that keeps as many streams of one HTTP/2 connection open as it can: each that ends is opened anew, and
//! so is the connection.

use crate::frames::Http2;
use crate::siege::ATTACKERS;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// Time between two looks at which streams have ended.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Time between two signs of life; as often, streams that ended are opened anew, and connections that were cut.
const BEAT_EVERY: Duration = Duration::from_secs(1);

/// Waves in which the streams of a connection are opened.
const WAVES: usize = 3;

/// What is sent for a stream.
pub(crate) type Bytes = dyn Fn(u32) -> Vec<u8> + Send + Sync;

/// What every attacker does.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) settings: Vec<(u16, u32)>,
    pub(crate) streams: usize,
    /// Opens a stream.
    pub(crate) open: Arc<Bytes>,
    /// Sent every second for every open stream, beside a PING for the connection.
    pub(crate) beat: Arc<Bytes>,
    /// New streams are opened for so long.
    pub(crate) time: Duration,
    /// Longest time that a stream should stay open; all are watched for as long before they are given up.
    pub(crate) patience: Duration,
}

/// What became of the streams.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) opened: usize,
    /// Those that were open longer than they should.
    pub(crate) overdue: usize,
}

/// One connection and the streams that it holds open.
struct Holder {
    plan: Plan,
    number: usize,
    open: HashMap<u32, Instant>,
    outcome: Outcome,
}

impl Plan {
    /// Attacks with all connections from all addresses.
    pub(crate) async fn carry_out(self) -> Outcome {
        let mut holders = JoinSet::new();
        for number in 0..ATTACKERS * self.connections {
            let (plan, open, outcome) = (self.clone(), HashMap::new(), Outcome::default());
            holders.spawn(Holder { plan, number, open, outcome }.hold());
        }
        let mut sum = Outcome::default();
        while let Some(outcome) = holders.join_next().await {
            let Outcome { opened, overdue } = outcome.expect("a holder does not fail");
            sum.opened += opened;
            sum.overdue += overdue;
        }
        eprintln!("  {} streams opened, {} overdue", sum.opened, sum.overdue);
        sum
    }
}

impl Holder {
    async fn hold(mut self) -> Outcome {
        let until = Instant::now() + self.plan.time;
        while Instant::now() < until {
            // A connection that is refused or cut is opened again.
            if let Ok(mut connection) =
                Http2::connect(self.number, self.plan.address, &self.plan.settings).await
            {
                self.use_up(&mut connection, until).await;
            }
            self.settle();
            sleep(BEAT_EVERY).await;
        }
        self.outcome
    }

    /// Holds streams of a connection until it ends or nothing is left to watch.
    async fn use_up(&mut self, connection: &mut Http2, until: Instant) {
        let (mut looks, mut beats) = (interval(LOOK_EVERY), interval(BEAT_EVERY));
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let lives = tokio::select! {
                came = connection.next() => match came {
                    None => false,
                    Some(frame) => {
                        if frame.ends_stream() && let Some(since) = self.open.remove(&frame.stream) {
                            self.note(since);
                        }
                        true
                    }
                },
                _ = looks.tick() => {
                    let now = Instant::now();
                    if now >= until + self.plan.patience || (now >= until && self.open.is_empty()) {
                        return;
                    }
                    true
                }
                _ = beats.tick() => {
                    let bytes: Vec<u8> = self.open.keys().flat_map(|stream| (self.plan.beat)(*stream)).collect();
                    let lives = connection.ping().await && connection.send(&bytes).await;
                    lives && (Instant::now() >= until || self.fill(connection).await)
                }
            };
            if !lives {
                return;
            }
        }
    }

    /// Opens some of the streams that are missing: what becomes free meanwhile is taken a moment later.
    async fn fill(&mut self, connection: &mut Http2) -> bool {
        let mut bytes = Vec::new();
        let missing = self.plan.streams.saturating_sub(self.open.len());
        for _ in 0..missing.min(self.plan.streams / WAVES) {
            let stream = connection.new_stream();
            bytes.extend((self.plan.open)(stream));
            self.open.insert(stream, Instant::now());
            self.outcome.opened += 1;
        }
        connection.send(&bytes).await
    }

    /// Counts streams that ended with their connection, or that were given up.
    fn settle(&mut self) {
        for since in std::mem::take(&mut self.open).into_values() {
            self.note(since);
        }
    }

    fn note(&mut self, since: Instant) {
        self.outcome.overdue += usize::from(since.elapsed() >= self.plan.patience);
    }
}
