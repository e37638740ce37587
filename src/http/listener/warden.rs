//! Whether a connection is stuck or idle, judged from what it looks like at every tick.

use super::limits::Limits;
use super::state::Sight;
use std::time::{Duration, Instant};

/// Longest time that a connection that was asked to end may carry nothing without ending, and once the appliance stops
/// that one with an endless answer may be still: its client was told that all is over, and whoever does not even take
/// that, because it is asleep or cut off, must not hold a stop up.
const LAST_STALL: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Warden {
    limits: Limits,
    seen: Sight,
    /// Since when no request began or ended.
    quiet_since: Instant,
    /// Since when no byte moved.
    still_since: Instant,
    /// Since when part of a head is there.
    head_since: Option<Instant>,
}

/// What is to become of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Keep,
    /// Nobody uses it: it may be ended politely.
    Idle,
    /// Its client stopped in the middle of something: it is cut.
    Stuck,
}

impl Warden {
    pub(super) fn new(limits: Limits, now: Instant) -> Self {
        Self { limits, seen: Sight::default(), quiet_since: now, still_since: now, head_since: None }
    }

    /// From now on lets the connection carry nothing for a moment only. What it carries keeps its time.
    pub(super) fn hasten_end(&mut self, now: Instant) {
        self.limits.idle_timeout = self.limits.idle_timeout.min(LAST_STALL);
        self.limits.head_timeout = self.limits.head_timeout.min(LAST_STALL);
        (self.quiet_since, self.head_since) = (now, None);
    }

    /// From now on lets the connection be still for a moment only, also while it carries something.
    pub(super) fn hasten_answer(&mut self, now: Instant) {
        self.limits.stall_timeout = self.limits.stall_timeout.min(LAST_STALL);
        self.still_since = now;
    }

    pub(super) fn look(&mut self, sight: Sight, now: Instant) -> Verdict {
        if sight.requests != self.seen.requests {
            self.quiet_since = now;
            // Requests on HTTP/2 end beside a head that does not.
            self.head_since = self.head_since.filter(|_| sight.in_block);
        }
        if sight.bytes != self.seen.bytes {
            self.still_since = now;
        }
        self.seen = sight;
        if sight
            .untaken_since
            .is_some_and(|since| now.duration_since(since.into_std()) >= self.limits.answer_timeout)
        {
            return Verdict::Stuck;
        }
        let (since, limit, verdict) = if sight.in_block {
            (*self.head_since.get_or_insert(now), self.limits.head_timeout, Verdict::Stuck)
        } else if sight.busy {
            self.head_since = None;
            (self.still_since, self.limits.stall_timeout, Verdict::Stuck)
        } else if sight.head_begun {
            (*self.head_since.get_or_insert(now), self.limits.head_timeout, Verdict::Stuck)
        } else {
            self.head_since = None;
            (self.quiet_since, self.limits.idle_timeout, Verdict::Idle)
        };
        if now.duration_since(since) >= limit { verdict } else { Verdict::Keep }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::options::EdgeOptions;

    fn warden(now: Instant) -> Warden {
        Warden::new(Limits::from(&EdgeOptions::default()), now)
    }

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    /// Looks at such connections after so many seconds, and expects nothing but the last one to end.
    fn assert_ends(looks: impl IntoIterator<Item = (u64, Sight)>, verdict: Verdict) {
        let start = Instant::now();
        let mut warden = warden(start);
        let looks = looks.into_iter().map(|(seconds, sight)| warden.look(sight, after(start, seconds)));
        let mut verdicts: Vec<_> = looks.collect();
        assert_eq!(verdicts.pop(), Some(verdict));
        assert!(verdicts.iter().all(|earlier| *earlier == Verdict::Keep), "{verdicts:?}");
    }

    #[test]
    fn a_connection_without_requests_is_idle_after_its_limit() {
        let used = Sight { requests: 2, bytes: 9, ..Sight::default() };
        assert_ends([(59, Sight::default()), (61, used), (120, used), (121, used)], Verdict::Idle);
    }

    #[test]
    fn a_head_that_trickles_in_is_cut() {
        let trickle = |bytes| (bytes, Sight { head_begun: true, bytes, ..Sight::default() });
        assert_ends((0..=15).map(trickle), Verdict::Stuck);
    }

    #[test]
    fn a_busy_connection_is_cut_only_when_no_byte_moves() {
        let busy = |bytes| Sight { requests: 1, busy: true, bytes, head_begun: true, ..Sight::default() };
        let moving = (0..10).map(|minute| (60 * minute, busy(minute + 1)));
        assert_ends(moving.chain([(540 + 89, busy(10)), (540 + 90, busy(10))]), Verdict::Stuck);
    }

    #[test]
    fn a_connection_whose_client_takes_nothing_is_cut_whatever_else_it_sends() {
        let untaken_since = Some(Instant::now().into());
        let sending = |bytes| Sight { requests: 1, busy: true, bytes, untaken_since, ..Sight::default() };
        assert_ends((0..=30).map(|second| (second, sending(second))), Verdict::Stuck);
    }

    #[test]
    fn a_header_block_that_trickles_in_is_cut_beside_requests_that_come_and_go() {
        let trickle = |second| Sight {
            requests: second,
            busy: true,
            bytes: second,
            in_block: true,
            ..Sight::default()
        };
        assert_ends((0..=15).map(|second| (second, trickle(second))), Verdict::Stuck);
    }

    #[test]
    fn a_hastened_connection_is_cut_after_a_moment_without_a_byte() {
        let start = Instant::now();
        let mut warden = warden(start);
        let still = Sight { requests: 1, busy: true, bytes: 10, head_begun: true, ..Sight::default() };
        assert_eq!(warden.look(still, after(start, 5)), Verdict::Keep);
        warden.hasten_answer(after(start, 20));
        assert_eq!(warden.look(still, after(start, 20)), Verdict::Keep);
        assert_eq!(warden.look(Sight { bytes: 11, ..still }, after(start, 21)), Verdict::Keep);
        assert_eq!(warden.look(Sight { bytes: 11, ..still }, after(start, 22)), Verdict::Stuck);
    }

    #[test]
    fn a_connection_that_carries_nothing_ends_a_moment_after_the_stop() {
        let start = Instant::now();
        for (sight, verdict) in [
            (Sight { requests: 2, bytes: 9, ..Sight::default() }, Verdict::Idle),
            (Sight { requests: 2, bytes: 9, head_begun: true, ..Sight::default() }, Verdict::Stuck),
            (Sight { requests: 1, bytes: 9, busy: true, ..Sight::default() }, Verdict::Keep),
        ] {
            let mut warden = warden(start);
            assert_eq!(warden.look(sight, after(start, 1)), Verdict::Keep);
            warden.hasten_end(after(start, 10));
            assert_eq!(warden.look(sight, after(start, 10)), Verdict::Keep);
            assert_eq!(warden.look(sight, after(start, 11)), verdict);
        }
    }
}
