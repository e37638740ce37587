//! A power cut at every call.

use crate::disk::{SimDisk, Trouble};
use crate::shop::{options, try_open};
use crate::workload::{self, Promises};
use std::sync::Arc;

/// Cuts tried unless `MAINSTAY_CUTS=all`.
const CUTS: u64 = 150;

/// Does the workload on a fresh disk with trouble to come.
pub fn crash(trouble: Option<Trouble>, seed: u64) -> (SimDisk, Promises) {
    let disk = SimDisk::new();
    disk.plan(trouble);
    let promises = match try_open(Arc::new(disk.clone()), options(), crate::shop::START) {
        Ok(shop) => {
            let promises = workload::run(&shop, seed);
            shop.bury();
            promises
        }
        Err(_) => Promises::default(),
    };
    (disk, promises)
}

/// Returns the calls of an undisturbed workload, and how many of them to try.
pub fn calls_and_step() -> (u64, usize) {
    let calls = crash(None, 0).0.calls();
    let exhaustive = std::env::var("MAINSTAY_CUTS").is_ok_and(|value| value == "all");
    (calls, if exhaustive { 1 } else { usize::try_from(calls / CUTS).unwrap().max(1) })
}

#[test]
fn a_power_cut_at_any_call_loses_nothing_acknowledged_and_doubles_nothing() {
    let (calls, step) = calls_and_step();
    let mut tried = 0;
    for at in (1..=calls).step_by(step) {
        eprintln!("power cut at call {at} of about {calls}");
        let (disk, promises) = crash(Some(Trouble::Cut(at)), at);
        workload::check(&disk.reboot(at), &promises, at);
        tried += 1;
    }
    assert!(tried > 100, "the workload is too short: {calls} calls");
}

#[test]
fn a_kill_after_any_call_loses_nothing_acknowledged_and_doubles_nothing() {
    let (calls, step) = calls_and_step();
    for at in (1..=calls).step_by(step * 2) {
        eprintln!("kill at call {at} of about {calls}");
        let (disk, promises) = crash(Some(Trouble::Cut(at)), at);
        workload::check(&disk.kill(), &promises, at);
    }
}
