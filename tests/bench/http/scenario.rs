//! The scenarios and their floors.

use crate::appliance::{self, Edge};
use crate::crowd::{Crowd, Gathered, raise_open_files};
use crate::figures::{grouped, microseconds};
use crate::plan::{Carries, Target};
use crate::process::Running;
use crate::rounds::{self, Comparison, Extent, Medians, Side};
use crate::table::{Floor, Row};
use crate::{Failure, bare, note};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Connections of a busy appliance.
const BUSY: usize = 64;

/// Connections of a very busy one.
const CROWDED: usize = 256;

/// Different keys of the scenario of repeats.
const REPEATED_KEYS: u64 = 400;

/// Rounds' lengths that the search for stalls lasts: a minute by default.
const STALL_ROUNDS: u32 = 6;

/// Share of the highest rate at which no stall may show.
const STALL_LOAD: f64 = 0.7;

/// Events of a batch.
const BATCH: usize = 100;

/// Connections that send batches.
const MANY_CONNECTIONS: usize = 16;

/// Requests that send lines at once.
const LINE_CONNECTIONS: usize = 4;

/// Events a second that batches and lines must reach.
const MANY_RATE_MIN: f64 = 250_000.0;

/// Lines of the longest request.
const MANY_LINES: u64 = 10_000_000;

/// Longest time for them.
const MANY_LINES_TIME_MAX: Duration = Duration::from_mins(10);

/// Connections that stay idle in a crowd.
const IDLE_CONNECTIONS: usize = 10_000;

/// Clients in a crowd whose heads never end.
const SLOW_CLIENTS: usize = 500;

/// Requests a second of a client beside the crowd, over so many connections.
const GOOD_CLIENT: (f64, usize) = (200.0, 4);

/// Longest p99 of that client.
const CROWD_P99_MAX: Duration = Duration::from_millis(50);

/// Most memory with the crowd there.
const CROWD_MEMORY_MAX: u64 = 512 * 1024 * 1024;

const P99_MAX: Duration = Duration::from_millis(5);
const GAP_MAX: Duration = Duration::from_millis(250);
const MEMORY_MAX: u64 = 256 * 1024 * 1024;

type Scenario = fn(&mut Bench) -> Result<Vec<Row>, Failure>;

/// By name, in the order in which they run.
const SCENARIOS: [(&str, Scenario); 10] = [
    ("plain-64", plain_64),
    ("plain-256", plain_256),
    ("tls-64", tls_64),
    ("one-connection", one_connection),
    ("no-stall", no_stall),
    ("repeats", repeats),
    ("batches", batches),
    ("lines", lines),
    ("ten-million", ten_million),
    ("crowd", crowd),
];

/// Runs only when named: no appliance takes part.
const CALIBRATE: (&str, Scenario) = ("calibrate", calibrate);

/// Runs the scenarios named, or all, and returns the table's rows.
pub(crate) fn run(extent: Extent, names: &[&str]) -> Result<Vec<Row>, Failure> {
    let known = || SCENARIOS.iter().chain([&CALIBRATE]);
    if let Some(unknown) = names.iter().find(|name| !known().any(|(known, _)| known == *name)) {
        let list: Vec<&str> = known().map(|(name, _)| *name).collect();
        return Err(format!("there is no scenario {unknown}; hint: {}", list.join(", ")).into());
    }
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-http");
    let mut bench = Bench { extent, root: root.clone(), highest_rate: None };
    let mut rows = Vec::new();
    for (name, scenario) in known() {
        if names.contains(name) || (names.is_empty() && *name != CALIBRATE.0) {
            note(name);
            let failed =
                |failure| format!("{name}: {failure}; hint: logs and data are in {}", root.display());
            rows.extend(scenario(&mut bench).map_err(failed)?);
        }
    }
    Ok(rows)
}

/// What the scenarios share.
struct Bench {
    extent: Extent,
    /// On the disk that is measured; emptied by every scenario.
    root: PathBuf,
    /// Highest rate of new events over plain HTTP so far.
    highest_rate: Option<f64>,
}

impl Bench {
    fn fresh_directory(&self) -> Result<PathBuf, Failure> {
        if self.root.try_exists()? {
            fs::remove_dir_all(&self.root)?;
        }
        fs::create_dir_all(&self.root)?;
        Ok(self.root.clone())
    }

    fn remember_rate(&mut self, row: &Row) {
        self.highest_rate = Some(self.highest_rate.unwrap_or_default().max(row.comparison.judged.rate));
    }

    /// New events beside the bare endpoint.
    fn beside_bare(&self, title: &str, edge: Edge, connections: usize) -> Result<Row, Failure> {
        let pair = Pair::start(self.fresh_directory()?, edge)?;
        let comparison = rounds::compare(
            self.extent,
            &pair.directory,
            Side::new_events(&pair.appliance_target, connections),
            Side::bare(&pair.bare_target, connections),
        )?;
        pair.finish(title, comparison)
    }
}

/// The appliance and the bare endpoint, both running.
struct Pair {
    directory: PathBuf,
    appliance: Running,
    appliance_target: Target,
    bare: Running,
    bare_target: Target,
}

impl Pair {
    fn start(directory: PathBuf, edge: Edge) -> Result<Self, Failure> {
        let (appliance, appliance_target) = appliance::start(&directory, edge)?;
        let (bare, bare_target) = bare::start((edge == Edge::Tls).then_some(directory.as_path()))?;
        Ok(Self { directory, appliance, appliance_target, bare, bare_target })
    }

    /// Stops both, which must end well, and removes what they stored.
    fn finish(self, title: &str, comparison: Comparison) -> Result<Row, Failure> {
        let memory = self.appliance.memory_high_water()?;
        let ended = self.appliance.terminate()?;
        if !ended.success() {
            return Err(format!("the mainstay server ended with {ended} after SIGTERM").into());
        }
        drop(self.bare);
        fs::remove_dir_all(&self.directory)?;
        Ok(Row { title: title.to_owned(), comparison, memory, floors: Vec::new() })
    }
}

impl Row {
    fn with_floor(mut self, text: impl Into<String>, is_met: bool) -> Self {
        self.floors.push(Floor { text: text.into(), is_met });
        self
    }

    fn with_ratio_floor(self, percent: u32) -> Self {
        let is_met = 100.0 * self.comparison.judged.rate >= f64::from(percent) * self.comparison.beside.rate;
        self.with_floor(format!("ratio ≥ {percent} %"), is_met)
    }

    fn with_memory_floor(self) -> Self {
        let is_met = self.memory < MEMORY_MAX;
        self.with_floor(format!("memory < {} MiB", MEMORY_MAX / 1024 / 1024), is_met)
    }
}

fn plain_64(bench: &mut Bench) -> Result<Vec<Row>, Failure> {
    let row = bench.beside_bare("single events, 64 connections, beside bare", Edge::Plain, BUSY)?;
    bench.remember_rate(&row);
    let is_quick = row.comparison.judged.p99 < P99_MAX;
    Ok(vec![row.with_ratio_floor(45).with_floor("p99 < 5 ms", is_quick).with_memory_floor()])
}

fn plain_256(bench: &mut Bench) -> Result<Vec<Row>, Failure> {
    let row = bench.beside_bare("single events, 256 connections, beside bare", Edge::Plain, CROWDED)?;
    bench.remember_rate(&row);
    Ok(vec![row.with_ratio_floor(45)])
}

fn tls_64(bench: &mut Bench) -> Result<Vec<Row>, Failure> {
    let row =
        bench.beside_bare("single events, TLS, 64 connections, beside bare over TLS", Edge::Tls, BUSY)?;
    Ok(vec![row.with_ratio_floor(40).with_memory_floor()])
}

fn one_connection(bench: &mut Bench) -> Result<Vec<Row>, Failure> {
    let row = bench.beside_bare("single events, one connection, beside bare", Edge::Plain, 1)?;
    let sync = row.comparison.fdatasync;
    let most = 3 * sync + Duration::from_micros(100);
    let is_quick = row.comparison.judged.p50 < most;
    let text = format!("p50 < 3 × {} µs + 100 µs = {} µs", microseconds(sync), microseconds(most));
    Ok(vec![row.with_floor(text, is_quick)])
}

/// A minute at 70 % of the highest rate, on a schedule that does not wait for answers; then the same on the bare
/// endpoint, whose longest gap is the machine's own.
fn no_stall(bench: &mut Bench) -> Result<Vec<Row>, Failure> {
    let pair = Pair::start(bench.fresh_directory()?, Edge::Plain)?;
    let highest = match bench.highest_rate {
        Some(rate) => rate,
        None => Side::new_events(&pair.appliance_target, CROWDED).drive(bench.extent.round)?.rate,
    };
    let rate = STALL_LOAD * highest;
    let time = bench.extent.round * STALL_ROUNDS;
    let drive = |side: Side| side.paced(rate).drive(time).map(|outcome| Medians::of(&[outcome]));
    let judged = drive(Side::new_events(&pair.appliance_target, CROWDED))?;
    let beside = drive(Side::bare(&pair.bare_target, CROWDED))?;
    let fdatasync = crate::disk::median_fdatasync(&pair.directory, Duration::from_millis(500))?;
    let title = format!("{} s at 70 % of the highest rate, beside bare at the same", time.as_secs());
    let row = pair.finish(&title, Comparison { judged, beside, fdatasync })?;
    let kept_up = judged.rate >= 0.95 * rate;
    Ok(vec![
        row.with_floor("longest gap < 250 ms", judged.longest_gap < GAP_MAX)
            .with_floor(format!("keeps up with {}/s", grouped(rate)), kept_up),
    ])
}

fn repeats(bench: &mut Bench) -> Result<Vec<Row>, Failure> {
    let pair = Pair::start(bench.fresh_directory()?, Edge::Plain)?;
    let target = &pair.appliance_target;
    let comparison = rounds::compare(
        bench.extent,
        &pair.directory,
        Side::new_events(target, BUSY).repeating(REPEATED_KEYS),
        Side::new_events(target, BUSY),
    )?;
    if comparison.judged.created > REPEATED_KEYS {
        let created = comparison.judged.created;
        return Err(format!("{REPEATED_KEYS} keys were answered 201 {created} times").into());
    }
    let row = pair.finish("repeats, 64 connections, beside new events", comparison)?;
    Ok(vec![row.with_ratio_floor(100)])
}

/// Batches for a minute, beside single events.
fn batches(bench: &mut Bench) -> Result<Vec<Row>, Failure> {
    let title = format!("batches of {BATCH}, {MANY_CONNECTIONS} connections, beside single events");
    many(bench, &title, MANY_CONNECTIONS, Carries::Batch(BATCH))
}

/// Lines for a minute, beside single events.
fn lines(bench: &mut Bench) -> Result<Vec<Row>, Failure> {
    let title = format!("lines, {LINE_CONNECTIONS} requests, beside single events");
    many(bench, &title, LINE_CONNECTIONS, Carries::Lines)
}

fn many(bench: &mut Bench, title: &str, connections: usize, carries: Carries) -> Result<Vec<Row>, Failure> {
    let pair = Pair::start(bench.fresh_directory()?, Edge::Plain)?;
    let target = &pair.appliance_target;
    let time = bench.extent.round * STALL_ROUNDS;
    let judged = Side::new_events(target, connections).carrying(carries).drive(time)?;
    let beside = Side::new_events(target, BUSY).drive(bench.extent.round)?;
    let fdatasync = crate::disk::median_fdatasync(&pair.directory, Duration::from_millis(500))?;
    let (judged, beside) = (Medians::of(&[judged]), Medians::of(&[beside]));
    let row = pair.finish(title, Comparison { judged, beside, fdatasync })?;
    let text = format!("≥ {}/s for {} s", grouped(MANY_RATE_MIN), time.as_secs());
    let is_met = judged.rate >= MANY_RATE_MIN;
    Ok(vec![row.with_floor(text, is_met)])
}

/// Ten million lines in one request, beside single events.
fn ten_million(bench: &mut Bench) -> Result<Vec<Row>, Failure> {
    let pair = Pair::start(bench.fresh_directory()?, Edge::Plain)?;
    let target = &pair.appliance_target;
    let all =
        Side::new_events(target, 1).carrying(Carries::AllLines(MANY_LINES)).drive(MANY_LINES_TIME_MAX)?;
    let beside = Side::new_events(target, BUSY).drive(bench.extent.round)?;
    let fdatasync = crate::disk::median_fdatasync(&pair.directory, Duration::from_millis(500))?;
    let comparison = Comparison { judged: Medians::of(&[all]), beside: Medians::of(&[beside]), fdatasync };
    let row = pair.finish("10,000,000 lines in one request, beside single events", comparison)?;
    let is_whole = comparison.judged.created == MANY_LINES;
    Ok(vec![row.with_floor("all stored", is_whole).with_memory_floor()])
}

/// A client of few requests while ten thousand connections are idle and five hundred clients send a head byte by byte,
/// beside the same client alone.
fn crowd(bench: &mut Bench) -> Result<Vec<Row>, Failure> {
    raise_open_files()?;
    let pair = Pair::start(bench.fresh_directory()?, Edge::Tls)?;
    let target = &pair.appliance_target;
    let (rate, connections) = GOOD_CLIENT;
    let drive = || Side::new_events(target, connections).paced(rate).drive(bench.extent.round);
    let beside = Medians::of(&[drive()?]);
    let gathered =
        Gathered::gather(&Crowd { target: target.clone(), idle: IDLE_CONNECTIONS, slow: SLOW_CLIENTS })?;
    let judged = Medians::of(&[drive()?]);
    let left = gathered.leave()?;
    let fdatasync = crate::disk::median_fdatasync(&pair.directory, Duration::from_millis(500))?;
    let title = "a client among 10,000 idle connections and 500 slow heads, TLS, beside it alone";
    let row = pair.finish(title, Comparison { judged, beside, fdatasync })?;
    let is_small = row.memory < CROWD_MEMORY_MAX;
    Ok(vec![
        row.with_floor("p99 < 50 ms", judged.p99 < CROWD_P99_MAX)
            .with_floor("memory < 512 MiB", is_small)
            .with_floor("every idle connection lives on", left == IDLE_CONNECTIONS),
    ])
}

/// The bare endpoint beside a second one: whatever differs from 100 % is noise.
fn calibrate(bench: &mut Bench) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for (title, edge, connections) in [
        ("bare beside bare, 64 connections", Edge::Plain, BUSY),
        ("bare beside bare, 256 connections", Edge::Plain, CROWDED),
        ("bare beside bare, TLS, 64 connections", Edge::Tls, BUSY),
        ("bare beside bare, one connection", Edge::Plain, 1),
    ] {
        note(title);
        let directory = bench.fresh_directory()?;
        let one_directory = directory.join("one");
        fs::create_dir(&one_directory)?;
        let is_tls = edge == Edge::Tls;
        let (one, one_target) = bare::start(is_tls.then_some(one_directory.as_path()))?;
        let (_other, other_target) = bare::start(is_tls.then_some(directory.as_path()))?;
        let (one_side, other_side) =
            (Side::bare(&one_target, connections), Side::bare(&other_target, connections));
        let comparison = rounds::compare(bench.extent, &directory, one_side, other_side)?;
        let ratio = comparison.judged.rate / comparison.beside.rate;
        let row =
            Row { title: title.to_owned(), comparison, memory: one.memory_high_water()?, floors: Vec::new() };
        rows.push(row.with_floor("ratio 95 to 105 %", (0.95..=1.05).contains(&ratio)));
        fs::remove_dir_all(&directory)?;
    }
    Ok(rows)
}
