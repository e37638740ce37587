//! The clock: beside the newest event, and whether something keeps it right.

use super::finding::{Finding, Findings};
use crate::domain::time::Timestamp;
use crate::platform::time_service::TimeService;
use crate::services::facts::ClockProblem;
use std::time::Duration;

/// The newest event may stand so far ahead: it was stored while the check was on its way, or the clock was set finely.
const AHEAD_MAX: Duration = Duration::from_secs(2);

pub(super) fn judge(
    now: Timestamp,
    newest: Option<Timestamp>,
    problem: Option<&ClockProblem>,
    service: TimeService,
) -> Finding {
    let mut findings = Findings::of("clock");
    match (problem, newest) {
        (Some(problem), _) => findings.fault(problem.seen.clone(), problem.way_out.clone()),
        (None, Some(newest)) if newest > now.saturating_add(AHEAD_MAX) => {
            let behind = newest.duration_since(now).as_secs();
            findings.fault(
                format!("{now} is {behind} s before the newest event, which came at {newest}"),
                "set the clock; until it has caught up, every new event bears the newest one's time",
            );
        }
        (None, Some(newest)) => findings.well(format!("{now}, the newest event came at {newest}")),
        (None, None) => findings.well(format!("{now}, there is no event to compare it with")),
    }
    match service {
        TimeService::Keeps(name) => findings.well(format!("kept by {name}")),
        TimeService::Waits(name) => findings.warn(
            format!("{name} has not set the clock yet"),
            "see `timedatectl timesync-status`: a time server must be reachable",
        ),
        TimeService::Unseen => findings.warn(
            "no time service is seen",
            "turn one on, such as `timedatectl set-ntp true`; in a container the host's counts",
        ),
    }
    findings.end()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    #[test]
    fn a_clock_before_the_newest_event_is_a_fault_and_one_that_nobody_keeps_a_warning() {
        let now = Timestamp::parse("2026-03-01T12:00:00Z").unwrap();
        let kept = TimeService::Keeps("chrony");
        let at = |seconds: u64| Some(now.saturating_add(Duration::from_secs(seconds)));
        assert_eq!(judge(now, None, None, kept).verdict, Verdict::Ok);
        assert_eq!(judge(now, at(2), None, kept).verdict, Verdict::Ok);
        let behind = judge(now, at(600), None, kept);
        assert_eq!(behind.verdict, Verdict::Fault);
        assert!(behind.seen.contains("600 s before the newest event"), "{behind:?}");
        let problem = ClockProblem { seen: "It is ahead.".to_owned(), way_out: "Set it.".to_owned() };
        let ahead = judge(now, at(0), Some(&problem), kept);
        assert_eq!(ahead.verdict, Verdict::Fault);
        assert!(ahead.seen.contains("It is ahead."), "{ahead:?}");
        assert_eq!(judge(now, at(0), None, TimeService::Unseen).verdict, Verdict::Warning);
        assert_eq!(
            judge(now, at(0), None, TimeService::Waits("systemd-timesyncd")).verdict,
            Verdict::Warning
        );
    }
}
