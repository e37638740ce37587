//! The store alone on a real disk: how many events a second, and how long one batch waits for its answer.
//!
//! `cargo bench --bench store` prints a markdown table in about half a minute. `MAINSTAY_BENCH_SECONDS` sets how long
//! each row is measured (3), `MAINSTAY_BENCH_DIR` on which disk (a fresh directory under `target/`).
//! Drafts are made before the clock runs: in the appliance the threads that receive requests make them.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends at whatever it did not expect"
)]

use bytes::Bytes;
use mainstay::crypto::mac::MacKey;
use mainstay::domain::event::{Attributes, KeyWindow, NewEvent};
use mainstay::domain::idempotency::{IdempotencyKey, KeyHash};
use mainstay::domain::ids::DEFAULT_TENANT;
use mainstay::platform::clock::SystemClock;
use mainstay::platform::disk::Disk;
use mainstay::platform::entropy::SystemEntropy;
use mainstay::platform::real_disk::RealDisk;
use mainstay::store::handle::Store;
use mainstay::store::options::StoreOptions;
use mainstay::store::record::draft::Draft;
use mainstay::store::sequencer::queue::Decision;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Bytes of a payload: a point-of-sale event.
const PAYLOAD_LEN: usize = 330;

/// Events of a batch, row by row.
const BATCHES: [usize; 5] = [1, 8, 64, 512, 4_096];

/// Senders of single events at once.
const SENDERS: usize = 64;

/// Syncs of the raw comparison.
const RAW_SYNCS: usize = 2_000;

struct Bench {
    store: Store,
    entropy: SystemEntropy,
    next_key: AtomicU64,
    row_time: Duration,
}

fn main() {
    // `cargo test --benches` asks every benchmark whether it works; that takes no measuring.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let directory = directory();
    std::fs::create_dir_all(&directory).unwrap();
    println!("One fdatasync of 512 bytes in a preallocated file: {} µs (median).\n", raw_sync(&directory));
    let bench = Arc::new(open(&directory));
    println!("| what | events/s | median µs | p99 µs |");
    println!("|---|---:|---:|---:|");
    for batch in BATCHES {
        bench.batches(&format!("batches of {batch}"), batch, |drafts| drafts);
    }
    bench.duplicates();
    tokio::runtime::Runtime::new().unwrap().block_on(singles(&bench));
    println!("\n{} events in the ledger.", bench.store.last_seq());
    bench.store.close().unwrap();
    drop(bench);
    std::fs::remove_dir_all(&directory).unwrap();
}

fn directory() -> PathBuf {
    let parent = std::env::var_os("MAINSTAY_BENCH_DIR")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).to_path_buf(), PathBuf::from);
    parent.join(format!("bench-store-{}", std::process::id()))
}

fn raw_sync(directory: &Path) -> u128 {
    let disk = RealDisk::new(directory);
    let file = disk.create("raw").unwrap();
    file.write_at(0, &vec![0; 8 << 20]).unwrap();
    file.sync().unwrap();
    let mut took: Vec<Duration> = (0..RAW_SYNCS as u64)
        .map(|number| {
            let started = Instant::now();
            file.write_at(number * 512, &[1; 512]).unwrap();
            file.sync().unwrap();
            started.elapsed()
        })
        .collect();
    disk.remove("raw").unwrap();
    percentile(&mut took, 50)
}

fn open(directory: &Path) -> Bench {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(directory));
    Store::create(disk.as_ref(), &SystemClock, &SystemEntropy::new()).unwrap();
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy::new()));
    let store = Store::open(disk, StoreOptions::default(), clock, entropy).unwrap();
    let seconds = std::env::var("MAINSTAY_BENCH_SECONDS").ok().and_then(|text| text.parse().ok());
    let row_time = Duration::from_secs(seconds.unwrap_or(3));
    Bench { store, entropy: SystemEntropy::new(), next_key: AtomicU64::new(0), row_time }
}

impl Bench {
    fn draft(&self, number: u64) -> Draft {
        let mut attributes = Attributes::new("pos", "sale").unwrap();
        attributes.content_type = Some("application/json".into());
        let key = IdempotencyKey::parse(&format!("bench-{number:016}")).unwrap();
        let instance: &MacKey = self.store.instance_key();
        attributes.key_hash = Some(KeyHash::new(instance, DEFAULT_TENANT, &key));
        attributes.key = Some(key);
        let payload = Bytes::from(vec![b'x'; PAYLOAD_LEN]);
        let event = NewEvent { attributes, payload, key_window: KeyWindow::Forever };
        Draft::new(DEFAULT_TENANT, &event, number, &self.entropy).unwrap()
    }

    fn fresh(&self) -> Draft {
        self.draft(self.next_key.fetch_add(1, Ordering::Relaxed))
    }

    /// Measures one sender of batches.
    fn batches(&self, what: &str, batch: usize, prepare: impl Fn(Vec<Draft>) -> Vec<Draft>) {
        let started = Instant::now();
        let mut took = Vec::new();
        while started.elapsed() < self.row_time {
            let drafts = prepare((0..batch).map(|_| self.fresh()).collect());
            let sent = Instant::now();
            let decisions = self.store.append_many(drafts).unwrap().blocking_recv().unwrap();
            took.push(sent.elapsed());
            assert_eq!(decisions.len(), batch);
        }
        let working = took.iter().sum();
        row(what, took.len() * batch, working, &mut took);
    }

    /// Measures batches of which every event is a repeat of one of the first.
    fn duplicates(&self) {
        self.batches("batches of 64 repeats", 64, |drafts| {
            (0..drafts.len() as u64).map(|n| self.draft(n)).collect()
        });
    }
}

/// Measures many senders of single events, drafts included: they share the processor with the store.
async fn singles(bench: &Arc<Bench>) {
    let started = Instant::now();
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let bench = Arc::clone(bench);
            tokio::spawn(async move {
                let mut took = Vec::new();
                while started.elapsed() < bench.row_time {
                    let draft = bench.fresh();
                    let sent = Instant::now();
                    let decision = bench.store.append(draft).unwrap().await.unwrap();
                    took.push(sent.elapsed());
                    assert!(matches!(decision, Decision::Stored { .. }));
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for sender in senders {
        took.extend(sender.await.unwrap());
    }
    row(&format!("single events of {SENDERS} senders"), took.len(), started.elapsed(), &mut took);
}

fn row(what: &str, events: usize, working: Duration, took: &mut [Duration]) {
    let rate = u128::try_from(events).unwrap() * 1_000_000 / working.as_micros().max(1);
    println!("| {what} | {rate} | {} | {} |", percentile(took, 50), percentile(took, 99));
}

/// Returns a percentile in microseconds.
fn percentile(took: &mut [Duration], percent: usize) -> u128 {
    took.sort_unstable();
    took.get((took.len() * percent / 100).min(took.len().saturating_sub(1))).map_or(0, Duration::as_micros)
}
