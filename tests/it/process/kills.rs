//! Killed at any moment: what was acknowledged is there byte for byte, once, and nothing else is amiss.

use super::load::{Gathered, Promises, Senders, assert_refused_again, random_below};
use super::program::Program;
use std::time::Duration;

/// Small segments, so that kills meet every state of the journal; commits often enough to meet those too.
const SETTINGS: &[&str] = &[
    "store.journal_segment_bytes=256KiB",
    "limits.body_bytes_max=64KiB",
    "store.ballast_bytes=0",
    "store.flush_interval_ms=50",
    "logging.level=warn",
];

/// Longest time under load before a kill.
const LOAD_MS_MAX: u64 = 250;

/// Longest time into a start before a kill.
const START_MS_MAX: u64 = 80;

fn kills() -> u32 {
    let wanted = std::env::var("MAINSTAY_KILLS").ok();
    wanted.map_or(20, |text| text.parse().expect("MAINSTAY_KILLS is a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_under_load_nothing_is_lost_or_doubled() {
    let program = Program::with_acme();
    let writer = program.token("acme", &["events:write"]);
    let auditor = program.token("system", &["admin"]);
    let (mut gathered, mut all) = (Gathered::default(), Promises::new());
    for kill in 0..kills() {
        if kill % 4 == 3 {
            let arguments: Vec<_> = SETTINGS.iter().flat_map(|setting| ["--set", setting]).collect();
            let mut starting = program.begin_to_serve(&arguments);
            tokio::time::sleep(Duration::from_millis(random_below(START_MS_MAX))).await;
            starting.kill();
        }
        let mut server = program.serve(SETTINGS);
        gathered.read_on(&server.client(&auditor)).await;
        gathered.keeps(&all);
        let senders = Senders::begin(&server, &writer, 8, &format!("run{kill}"));
        tokio::time::sleep(Duration::from_millis(random_below(LOAD_MS_MAX))).await;
        server.kill();
        let promised = senders.promised().await;
        let server = program.serve(SETTINGS);
        gathered.read_on(&server.client(&auditor)).await;
        gathered.keeps(&promised);
        assert_refused_again(&server.client(&writer), &promised, 25).await;
        all.extend(promised);
        // Dropped, which kills it: a second crash right behind a recovery.
    }
    assert!(all.len() > kills() as usize, "the load was no load: {} events", all.len());
    let server = program.serve(SETTINGS);
    let mut anew = Gathered::default();
    anew.read_on(&server.client(&auditor)).await;
    anew.keeps(&all);
    assert_refused_again(&server.client(&writer), &all, 200).await;
    assert_eq!(program.run(&["ledger", "verify"]).json()["whole"], true);
    server.stop();
    let verified = program.run(&["ledger", "verify"]).json();
    assert_eq!((&verified["whole"], &verified["computed_root"]), (&true.into(), &verified["root"]));
    assert!(verified["size"].as_u64().unwrap() > anew.last, "{verified}");
}
