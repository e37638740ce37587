//! A power cut at every call.

use crate::disk::{SimDisk, Trouble};
use crate::shop::{options, try_open};
use crate::workload::{self, Promises};
use std::sync::Arc;

/// Cuts tried unless `MAINSTAY_CUTS=all` asks for every one.
const CUTS: u64 = 100;

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

/// Returns the calls of an undisturbed workload that are to be tried: about so many, or every one.
pub fn calls(tries: u64) -> impl Iterator<Item = u64> {
    let calls = crash(None, 0).0.calls();
    let exhaustive = std::env::var("MAINSTAY_CUTS").is_ok_and(|value| value == "all");
    let step = if exhaustive { 1 } else { usize::try_from(calls / tries).unwrap().max(1) };
    eprintln!("every {step}. of {calls} calls");
    (1..=calls).step_by(step)
}

#[test]
fn the_workload_uses_segments_again() {
    let (disk, _) = crash(None, 0);
    let generation = |bytes: &[u8]| u64::from_be_bytes(bytes[28..36].try_into().unwrap());
    let files = disk.files().into_iter().filter(|(name, _)| name.starts_with("journal."));
    let newest = files.map(|(_, bytes)| generation(&bytes)).max().unwrap();
    assert!(newest > 5, "the workload ends in generation {newest}");
}

#[test]
fn a_power_cut_at_any_call_loses_nothing_acknowledged_and_doubles_nothing() {
    for at in calls(CUTS) {
        eprintln!("power cut at call {at}");
        let (disk, promises) = crash(Some(Trouble::Cut(at)), at);
        workload::check(&disk.reboot(at), &promises, at);
    }
}

#[test]
fn a_kill_after_any_call_loses_nothing_acknowledged_and_doubles_nothing() {
    for at in calls(CUTS / 2) {
        eprintln!("kill at call {at}");
        let (disk, promises) = crash(Some(Trouble::Cut(at)), at);
        workload::check(&disk.kill(), &promises, at);
    }
}
