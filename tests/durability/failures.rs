//! Failing calls, kills and full disks.

use crate::cuts::{calls_and_step, crash};
use crate::disk::Trouble;
use crate::workload;

#[test]
fn a_single_failing_call_loses_nothing_acknowledged() {
    let (calls, step) = calls_and_step();
    for at in (1..=calls).step_by(step * 2) {
        eprintln!("failure of call {at} of about {calls}");
        let (disk, promises) = crash(Some(Trouble::Fail(at)), at);
        workload::check(&disk.reboot(at), &promises, at);
    }
}
