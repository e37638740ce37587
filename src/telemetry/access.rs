//! One log line per request. Every failure is written; of the successes, so many a second and route, and then one
//! line that says how many more there were. What limits refuse comes in floods, and is treated as one more route.
//!
//! Whether a success is written is decided by one atomic addition: nothing is locked and nothing formatted for a line
//! that stays unwritten.

use crate::domain::time::Timestamp;
use crate::telemetry::read_mostly::ReadMostly;
use crate::telemetry::request_line::write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::info;

pub use crate::telemetry::request_line::{NoHeaders, RequestHeaders, RequestLine};

/// Success lines of one route and second that are written when nobody says.
const LINES_PER_SECOND_MAX: u32 = 100;

/// Most routes counted apart: several times what the router holds. Routes beyond are counted as one.
const ROUTES_MAX: usize = 1_024;

/// The first status that is no success.
const FAILURE_MIN: u16 = 400;

/// Writes request lines.
#[derive(Debug)]
pub struct AccessLog {
    /// Every window reads it, so that a change counts for all of them at once.
    lines_per_second_max: Arc<AtomicU64>,
    windows: ReadMostly<Window>,
    window_other: Arc<Window>,
    window_limited: Window,
}

impl AccessLog {
    /// Makes a log without any routes yet.
    pub fn new() -> Self {
        Self::limited(LINES_PER_SECOND_MAX)
    }

    /// Makes a log that writes so many success lines a second and route.
    pub fn limited(lines_per_second_max: u32) -> Self {
        let lines_per_second_max = Arc::new(AtomicU64::new(lines_per_second_max.into()));
        let window_other = Arc::new(Window::new("other", &lines_per_second_max));
        let window_limited = Window::new("limited", &lines_per_second_max);
        Self { lines_per_second_max, windows: ReadMostly::new(ROUTES_MAX), window_other, window_limited }
    }

    /// Says anew how many success lines a second and route are written.
    pub fn set_limit(&self, lines_per_second_max: u32) {
        self.lines_per_second_max.store(lines_per_second_max.into(), Ordering::Relaxed);
    }

    /// Writes the line, or counts it if its route and second have had enough.
    pub fn record(&self, now: Timestamp, line: &RequestLine<'_>) {
        if line.limited.is_some() {
            if self.window_limited.admit(now.as_seconds()) {
                write(line);
            }
            return;
        }
        if line.status >= FAILURE_MIN {
            return write(line);
        }
        let window = self
            .windows
            .find_or_insert(line.path, || Some(Window::new(line.path, &self.lines_per_second_max)));
        if window.as_ref().unwrap_or(&self.window_other).admit(now.as_seconds()) {
            write(line);
        }
    }

    /// Says how many lines of past seconds are still uncounted; to be called every second, and when the appliance
    /// stops with an instant after the last request.
    pub fn flush_suppressed(&self, now: Timestamp) {
        for window in self.windows.values() {
            window.close_before(now.as_seconds());
        }
        self.window_other.close_before(now.as_seconds());
        self.window_limited.close_before(now.as_seconds());
    }
}

impl Default for AccessLog {
    fn default() -> Self {
        Self::new()
    }
}

/// The present second of one route.
#[derive(Debug)]
struct Window {
    path: String,
    lines_max: Arc<AtomicU64>,
    /// The second since 1970 in the upper 40 bits, its success lines so far in the lower 24: read and changed as one,
    /// so that every line is counted in exactly one second.
    second_and_count: AtomicU64,
}

/// Bits of the count: sixteen million requests a second.
const COUNT_BITS: u32 = 24;

const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;

/// Tells whether a window may take lines of this second. A thread that read the clock just before the second changed
/// counts into the new one; a window further ahead means that the clock was set back, and it is closed like a past one.
fn is_present(second_and_count: u64, second: u64) -> bool {
    let window = second_and_count >> COUNT_BITS;
    window == second || window == second + 1
}

impl Window {
    fn new(path: &str, lines_max: &Arc<AtomicU64>) -> Self {
        let (path, lines_max) = (path.to_owned(), Arc::clone(lines_max));
        Self { path, lines_max, second_and_count: AtomicU64::new(0) }
    }

    fn lines_max(&self) -> u64 {
        self.lines_max.load(Ordering::Relaxed)
    }

    /// Counts a line and tells whether it is to be written.
    fn admit(&self, second: u64) -> bool {
        let mut seen = self.second_and_count.load(Ordering::Relaxed);
        loop {
            if is_present(seen, second) {
                let before = self.second_and_count.fetch_add(1, Ordering::Relaxed);
                return before & COUNT_MASK < self.lines_max();
            }
            let next = (second << COUNT_BITS) | 1;
            match self.second_and_count.compare_exchange(seen, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(closed) => {
                    self.report(closed & COUNT_MASK);
                    return true;
                }
                Err(changed) => seen = changed,
            }
        }
    }

    /// Closes the window if its second is over and left lines out.
    fn close_before(&self, second: u64) {
        let seen = self.second_and_count.load(Ordering::Relaxed);
        if is_present(seen, second) || seen & COUNT_MASK <= self.lines_max() {
            return;
        }
        let next = second << COUNT_BITS;
        let closed = self.second_and_count.compare_exchange(seen, next, Ordering::Relaxed, Ordering::Relaxed);
        // On failure a request has just moved the window on, and reported it, or added to it, and the next call will.
        if let Ok(closed) = closed {
            self.report(closed & COUNT_MASK);
        }
    }

    fn report(&self, count: u64) {
        let more = count.saturating_sub(self.lines_max());
        if more > 0 {
            info!(
                path = self.path,
                more = more,
                "{} answered {more} more requests in the same second",
                self.path
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LogFormat;
    use crate::telemetry::logs::Kept;
    use serde_json::Value;
    use std::time::Duration;

    struct Lines(Vec<Value>);

    impl Lines {
        fn of(kept: &Kept) -> Self {
            Self(kept.lines().iter().map(|line| serde_json::from_str(line).unwrap()).collect())
        }

        fn values(&self, name: &str) -> Vec<String> {
            self.0.iter().filter_map(|line| line.get(name)).map(Value::to_string).collect()
        }

        /// Lines written and lines reported as left out.
        fn counts(&self) -> (usize, u64) {
            let more = self.values("more").iter().map(|more| more.parse::<u64>().unwrap()).sum();
            (self.values("rid").len(), more)
        }
    }

    fn at(second: u64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000 + second * 1_000_000)
    }

    fn line(status: u16) -> RequestLine<'static> {
        RequestLine {
            rid: "r1",
            tenant: Some("acme"),
            version: "HTTP/2",
            method: "POST",
            path: "/v1/events",
            status,
            latency: Duration::from_nanos(1_234_567),
            client: Some(&"192.0.2.0"),
            limited: None,
            headers: &NoHeaders,
        }
    }

    fn logged(run: impl FnOnce()) -> Lines {
        let kept = Kept::default();
        kept.during(LogFormat::Json, |_filter| run());
        Lines::of(&kept)
    }

    #[test]
    fn a_request_line_says_who_where_what_and_how_long() {
        let lines = logged(|| AccessLog::new().record(at(0), &line(201)));
        let expected = [
            ("rid", "\"r1\""),
            ("tenant", "\"acme\""),
            ("method", "\"POST\""),
            ("path", "\"/v1/events\""),
            ("version", "\"HTTP/2\""),
            ("status", "201"),
            ("latency_ms", "1.234"),
            ("client", "\"192.0.2.0\""),
            ("message", "\"POST /v1/events answered 201\""),
        ];
        for (field, value) in expected {
            assert_eq!(lines.values(field), [value], "{field}");
        }
        let lines = logged(|| {
            AccessLog::new().record(at(0), &RequestLine { tenant: None, client: None, ..line(200) });
        });
        assert!(lines.values("tenant").is_empty() && lines.values("client").is_empty());
    }

    #[test]
    fn successes_over_a_hundred_a_second_and_route_become_one_line() {
        let lines = logged(|| {
            let log = AccessLog::new();
            for _ in 0..250 {
                log.record(at(0), &line(204));
            }
            log.record(at(0), &RequestLine { path: "/health", ..line(200) });
            log.flush_suppressed(at(0));
            log.record(at(1), &line(204));
        });
        assert_eq!(lines.counts(), (102, 150));
        assert_eq!(lines.values("more").len(), 1);
    }

    #[test]
    fn failures_are_always_written() {
        let lines = logged(|| {
            let log = AccessLog::new();
            (0..250).for_each(|_| log.record(at(0), &line(401)));
        });
        assert_eq!(lines.counts(), (250, 0));
    }

    #[test]
    fn a_flood_that_limits_refuse_does_not_flood_the_log() {
        let lines = logged(|| {
            let log = AccessLog::new();
            let refused = RequestLine { limited: Some("blocked_address"), ..line(429) };
            (0..250).for_each(|_| log.record(at(0), &refused));
            log.record(at(0), &line(201));
            log.flush_suppressed(at(2));
        });
        assert_eq!(lines.counts(), (101, 150));
        assert_eq!(lines.values("limited").len(), 100);
    }

    #[test]
    fn the_last_second_is_reported_without_another_request() {
        let lines = logged(|| {
            let log = AccessLog::new();
            (0..103).for_each(|_| log.record(at(0), &line(200)));
            log.flush_suppressed(at(1));
            log.flush_suppressed(at(2));
        });
        assert_eq!(lines.counts(), (100, 3));
    }

    #[test]
    fn a_clock_set_back_neither_silences_nor_loses_lines() {
        let lines = logged(|| {
            let log = AccessLog::new();
            (0..150).for_each(|_| log.record(at(100), &line(200)));
            (0..150).for_each(|_| log.record(at(0), &line(200)));
            log.flush_suppressed(at(1));
        });
        assert_eq!(lines.counts(), (200, 100));
    }

    #[test]
    fn every_line_of_parallel_requests_is_written_or_counted_once() {
        let kept = Kept::default();
        let log = AccessLog::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    kept.during(LogFormat::Json, |_filter| {
                        for number in 0..10_000_u64 {
                            log.record(at(number / 1_000), &line(200));
                            if number % 500 == 0 {
                                log.flush_suppressed(at(number / 1_000));
                            }
                        }
                    });
                });
            }
        });
        kept.during(LogFormat::Json, |_filter| log.flush_suppressed(at(60)));
        let (written, more) = Lines::of(&kept).counts();
        assert_eq!(written as u64 + more, 40_000);
        assert!(written >= 1_000, "{written}");
    }
}
