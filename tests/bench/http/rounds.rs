//! Two sides driven in turn, round by round, so that what the machine does meanwhile hits both; and their medians.

use crate::figures::{grouped, microseconds, milliseconds};
use crate::plan::{Carries, Keys, Outcome, Pace, Plan, Target};
use crate::{Failure, disk, load, note};
use std::env;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Shortest warm-up; otherwise a tenth of the round.
const WARM_UP_MIN: Duration = Duration::from_millis(300);

/// How long fdatasync is tried before each round.
const FDATASYNC_TIME: Duration = Duration::from_millis(500);

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// Rounds of each side.
    pub(crate) rounds: u32,
    /// Measured time of a round.
    pub(crate) round: Duration,
}

impl Extent {
    /// Reads what the person who measures wants.
    pub(crate) fn from_environment() -> Result<Self, Failure> {
        let rounds = number_from_environment("MAINSTAY_BENCH_ROUNDS", 5)?;
        let seconds = number_from_environment("MAINSTAY_BENCH_SECONDS", 10)?;
        Ok(Self { rounds, round: Duration::from_secs(seconds.into()) })
    }
}

fn number_from_environment(name: &str, default: u32) -> Result<u32, Failure> {
    let Some(value) = env::var_os(name) else {
        return Ok(default);
    };
    let number = value.to_str().and_then(|text| text.parse().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| format!("{name} is {}; hint: a whole number from 1", value.display()).into())
}

/// One of the two that are compared.
#[derive(Debug)]
pub(crate) struct Side {
    name: &'static str,
    plan: Plan,
}

impl Side {
    /// New events, each of which the appliance answers 201.
    pub(crate) fn new_events(target: &Target, connections: usize) -> Self {
        Self::new("mainstay", target, connections, 201)
    }

    /// The same requests to the bare endpoint, each answered 204.
    pub(crate) fn bare(target: &Target, connections: usize) -> Self {
        Self::new("bare", target, connections, 204)
    }

    fn new(name: &'static str, target: &Target, connections: usize, status: u16) -> Self {
        let keys = Keys::New(fresh_prefix());
        let none = Duration::ZERO;
        let (target, statuses) = (target.clone(), vec![status]);
        let plan = Plan {
            target,
            connections,
            carries: Carries::One,
            keys,
            pace: Pace::Closed,
            statuses,
            warm_up: none,
            measured: none,
        };
        Self { name, plan }
    }

    /// Sends this many keys again and again: 201 the first time, 204 from then on.
    pub(crate) fn repeating(mut self, keys: u64) -> Self {
        self.plan.keys = Keys::Repeated(fresh_prefix(), keys);
        self.plan.statuses = vec![201, 204];
        self.name = "repeats";
        self
    }

    /// Sends many events in a request.
    pub(crate) fn carrying(mut self, carries: Carries) -> Self {
        self.plan.carries = carries;
        self.plan.statuses = vec![200];
        self.name = "many";
        self
    }

    /// Sends this many requests a second.
    pub(crate) fn paced(mut self, rate: f64) -> Self {
        self.plan.pace = Pace::Open(rate);
        self
    }

    /// Drives the side for one round.
    pub(crate) fn drive(&mut self, measured: Duration) -> Result<Outcome, Failure> {
        if let Keys::New(prefix) = &mut self.plan.keys {
            *prefix = fresh_prefix();
        }
        self.plan.measured = measured;
        self.plan.warm_up = match self.plan.carries {
            Carries::AllLines(_) => Duration::ZERO,
            _ => WARM_UP_MIN.max(measured / 10),
        };
        let outcome =
            load::run_in_process(&self.plan).map_err(|failure| format!("{}: {failure}", self.name))?;
        note(&format!("    {:<9} {}", self.name, outcome_line(&outcome)));
        Ok(outcome)
    }
}

/// One round in one line, while the run is going on.
fn outcome_line(outcome: &Outcome) -> String {
    format!(
        "{:>9}/s  p50 {:>6} µs  p99 {:>6} µs  longest gap {:.1} ms",
        grouped(outcome.rate),
        microseconds(Duration::from_nanos(outcome.p50_ns)),
        microseconds(Duration::from_nanos(outcome.p99_ns)),
        milliseconds(outcome.longest_gap),
    )
}

/// No two rounds of any run share it.
fn fresh_prefix() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or_default()
}

/// The medians of a side's rounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Medians {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Median latency.
    pub(crate) p50: Duration,
    /// 99th percentile.
    pub(crate) p99: Duration,
    /// Longest gap of all rounds: not a median.
    pub(crate) longest_gap: Duration,
    /// Answers with 201 in all rounds.
    pub(crate) created: u64,
}

impl Medians {
    /// Returns the medians of some rounds.
    pub(crate) fn of(outcomes: &[Outcome]) -> Self {
        Self {
            rate: median(outcomes.iter().map(|outcome| outcome.rate).collect()),
            p50: Duration::from_nanos(median(outcomes.iter().map(|outcome| outcome.p50_ns).collect())),
            p99: Duration::from_nanos(median(outcomes.iter().map(|outcome| outcome.p99_ns).collect())),
            longest_gap: outcomes.iter().map(|outcome| outcome.longest_gap).max().unwrap_or_default(),
            created: outcomes.iter().map(|outcome| outcome.created).sum(),
        }
    }
}

/// Of an even number of values the lower middle one.
fn median<T: PartialOrd + Copy + Default>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

/// What a comparison showed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparison {
    /// The side that is judged.
    pub(crate) judged: Medians,
    /// The side beside it.
    pub(crate) beside: Medians,
    /// One fdatasync on the same disk, measured before every round.
    pub(crate) fdatasync: Duration,
}

/// Drives both sides in turn; every other round the second one begins.
pub(crate) fn compare(
    extent: Extent,
    directory: &Path,
    mut judged: Side,
    mut beside: Side,
) -> Result<Comparison, Failure> {
    let (mut judged_outcomes, mut beside_outcomes, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..extent.rounds {
        note(&format!("  round {} of {}", round + 1, extent.rounds));
        syncs.push(disk::median_fdatasync(directory, FDATASYNC_TIME)?);
        if round % 2 == 0 {
            judged_outcomes.push(judged.drive(extent.round)?);
            beside_outcomes.push(beside.drive(extent.round)?);
        } else {
            beside_outcomes.push(beside.drive(extent.round)?);
            judged_outcomes.push(judged.drive(extent.round)?);
        }
    }
    Ok(Comparison {
        judged: Medians::of(&judged_outcomes),
        beside: Medians::of(&beside_outcomes),
        fdatasync: median(syncs),
    })
}
