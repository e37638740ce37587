//! The last lines of the log, kept in memory for people who look.
//!
//! Lines come as the sink writes them: without secrets, and with as much of clients' addresses as the settings let it
//! show. What is kept is bounded in number and bytes however long lines are and however fast they come.

use crate::domain::time::Timestamp;
use crate::platform::locks::lock;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;
use tracing::Level;

/// Most lines kept: some minutes of a busy appliance, days of a quiet one.
const LINES_MAX: usize = 5_000;

/// Most bytes of text kept: a hundredth of what the appliance may take.
const BYTES_MAX: usize = 2 * 1024 * 1024;

/// Longest text of a line that is kept; the log itself has the rest.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// In how many bytes the time and level of a line stand, colours among them.
const HEAD_LEN: usize = 120;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its number since the start, from 1.
    pub number: u64,
    /// When it was written.
    pub at: Timestamp,
    /// How important it is.
    pub level: Level,
    /// What was written, without its line ending and colours, perhaps cut short.
    pub text: String,
}

/// Which lines somebody looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineFilter {
    /// Those of this level and more important ones.
    pub level: Level,
    /// Those in which this stands, in small letters; empty: all.
    pub text: String,
    /// Those written then or later.
    pub since: Option<Timestamp>,
}

/// Some of the lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinePage {
    /// Oldest first.
    pub lines: Vec<Arc<LogLine>>,
    /// Whether there are older ones of those that are looked for.
    pub has_older: bool,
}

/// What came behind a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// Those that are looked for, oldest first.
    pub lines: Vec<Arc<LogLine>>,
    /// The last line that was looked at.
    pub through: u64,
    /// How many lines were gone before they could be looked at.
    pub lost: u64,
}

/// Keeps the last lines.
#[derive(Debug)]
pub struct LogLines {
    /// Taken for moments, by whoever writes a line and whoever looks.
    kept: Mutex<Kept>,
    last: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    lines: VecDeque<Arc<LogLine>>,
    bytes: usize,
    last: u64,
    last_at: Timestamp,
}

impl Default for LogLines {
    fn default() -> Self {
        Self { kept: Mutex::default(), last: watch::Sender::new(0) }
    }
}

impl LineFilter {
    /// Tells whether a line is looked for.
    pub fn takes(&self, line: &LogLine) -> bool {
        line.level <= self.level
            && self.since.is_none_or(|since| line.at >= since)
            && (self.text.is_empty() || line.text.to_lowercase().contains(&self.text))
    }
}

impl LogLines {
    /// Keeps a line as it was written.
    pub fn push(&self, written: &[u8]) {
        let text = plain(&String::from_utf8_lossy(written.get(..LINE_BYTES_MAX).unwrap_or(written)));
        let (at, level) = head(&text);
        let mut kept = self.lock();
        let number = kept.last + 1;
        // A line that tells no time was written with those around it.
        let at = at.unwrap_or(kept.last_at);
        (kept.last, kept.last_at) = (number, at);
        kept.bytes += text.len();
        kept.lines.push_back(Arc::new(LogLine { number, at, level: level.unwrap_or(Level::INFO), text }));
        while kept.lines.len() > LINES_MAX || kept.bytes > BYTES_MAX {
            let Some(gone) = kept.lines.pop_front() else { break };
            kept.bytes -= gone.text.len();
        }
        drop(kept);
        self.last.send_replace(number);
    }

    /// Returns the newest lines that are looked for, of those before a number if one is given.
    pub fn page(&self, filter: &LineFilter, before: Option<u64>, most: usize) -> LinePage {
        let all = self.all();
        let older = all.iter().rev().filter(|line| before.is_none_or(|before| line.number < before));
        let mut found = older.filter(|line| filter.takes(line));
        let mut lines: Vec<_> = found.by_ref().take(most).map(Arc::clone).collect();
        let has_older = found.next().is_some();
        lines.reverse();
        LinePage { lines, has_older }
    }

    /// Returns what came behind a line, at most so many of those that are looked for.
    pub fn fresh(&self, filter: &LineFilter, after: u64, most: usize) -> Fresh {
        let (behind, last) = {
            let kept = self.lock();
            let behind = kept.lines.iter().rev().take_while(|line| line.number > after);
            (behind.map(Arc::clone).collect::<Vec<_>>(), kept.last)
        };
        let first = behind.last().map_or(last + 1, |line| line.number);
        let mut fresh =
            Fresh { lines: Vec::new(), through: last.max(after), lost: first.saturating_sub(after + 1) };
        for line in behind.into_iter().rev().filter(|line| filter.takes(line)) {
            if fresh.lines.len() == most {
                fresh.through = fresh.lines.last().map_or(after, |line| line.number);
                break;
            }
            fresh.lines.push(line);
        }
        fresh
    }

    /// Returns what learns of new lines.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    fn all(&self) -> Vec<Arc<LogLine>> {
        self.lock().lines.iter().map(Arc::clone).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }
}

/// Returns a line's text without its ending and colours (ECMA-48 control sequences).
fn plain(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    let mut rest = written.trim_end();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        text.push_str(before);
        let end = after.find(|c: char| ('@'..='~').contains(&c));
        rest = end.and_then(|end| after.get(end + 1..)).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// Reads time and level, which stand before anything that somebody else can say.
fn head(text: &str) -> (Option<Timestamp>, Option<Level>) {
    let end = (0..=HEAD_LEN.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    let head = text.get(..end.unwrap_or_default()).unwrap_or_default();
    let quoted = |name: &str| head.split_once(name)?.1.split('"').next();
    let (at, level) = if head.starts_with('{') {
        (quoted("\"timestamp\":\""), quoted("\"level\":\""))
    } else {
        let mut words = head.split_ascii_whitespace();
        (words.next(), words.next())
    };
    (at.and_then(|at| Timestamp::parse(at).ok()), level.and_then(|level| level.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: LineFilter = LineFilter { level: Level::TRACE, text: String::new(), since: None };

    fn json(second: u32, level: &str, message: &str) -> String {
        format!(
            "{{\"timestamp\":\"2026-03-01T12:00:{second:02}.000000Z\",\"level\":\"{level}\",\"message\":\"{message}\"}}\n"
        )
    }

    fn numbers(lines: &[Arc<LogLine>]) -> Vec<u64> {
        lines.iter().map(|line| line.number).collect()
    }

    #[test]
    fn both_shapes_tell_time_and_level_and_lose_their_colours() {
        let lines = LogLines::default();
        lines.push(json(1, "WARN", "said").as_bytes());
        lines.push(
            b"\x1b[2m2026-03-01T12:00:02.000000Z\x1b[0m \x1b[31mERROR\x1b[0m mainstay: failed\nINFO forged\n",
        );
        lines.push("no head, and \u{fffd}".as_bytes());
        let page = lines.page(&ALL, None, 9);
        let told: Vec<_> =
            page.lines.iter().map(|line| (line.level, line.at.as_micros() % 60_000_000)).collect();
        assert_eq!(told, [(Level::WARN, 1_000_000), (Level::ERROR, 2_000_000), (Level::INFO, 2_000_000)]);
        assert_eq!(page.lines[1].text, "2026-03-01T12:00:02.000000Z ERROR mainstay: failed\nINFO forged");
    }

    #[test]
    fn lines_are_found_by_level_text_and_time_and_paged_back() {
        let lines = LogLines::default();
        for second in 1..=9 {
            let level = if second % 3 == 0 { "ERROR" } else { "DEBUG" };
            lines.push(json(second, level, &format!("Line {second}")).as_bytes());
        }
        let since = Timestamp::parse("2026-03-01T12:00:07Z").ok();
        let found = |filter: LineFilter| numbers(&lines.page(&filter, None, 9).lines);
        assert_eq!(found(LineFilter { level: Level::WARN, ..ALL }), [3, 6, 9]);
        assert_eq!(found(LineFilter { text: "line 4".into(), ..ALL }), [4]);
        assert_eq!(found(LineFilter { since, ..ALL }), [7, 8, 9]);
        let newest = lines.page(&ALL, None, 4);
        assert_eq!((numbers(&newest.lines), newest.has_older), (vec![6, 7, 8, 9], true));
        let oldest = lines.page(&ALL, Some(4), 4);
        assert_eq!((numbers(&oldest.lines), oldest.has_older), (vec![1, 2, 3], false));
        let fresh = lines.fresh(&LineFilter { level: Level::ERROR, ..ALL }, 4, 1);
        assert_eq!((numbers(&fresh.lines), fresh.through, fresh.lost), (vec![6], 6, 0));
        let fresh = lines.fresh(&LineFilter { text: "nothing".into(), ..ALL }, 4, 1);
        assert_eq!((fresh.lines.len(), fresh.through, fresh.lost), (0, 9, 0));
        assert_eq!(lines.fresh(&ALL, 9, 1).through, 9);
    }

    #[test]
    fn floods_and_huge_lines_take_bounded_room() {
        let lines = LogLines::default();
        for _ in 0..LINES_MAX + 10 {
            lines.push(b"short");
        }
        assert_eq!(lines.all().len(), LINES_MAX);
        assert_eq!(lines.all()[0].number, 11);
        assert_eq!(lines.fresh(&ALL, 3, 1).lost, 7);
        let huge = "ä".repeat(1_000_000);
        for _ in 0..1_000 {
            lines.push(huge.as_bytes());
        }
        let kept = lines.lock();
        let bytes: usize = kept.lines.iter().map(|line| line.text.len()).sum();
        assert!(bytes == kept.bytes && bytes <= BYTES_MAX, "{bytes}");
        assert!(kept.lines.iter().all(|line| line.text.len() <= LINE_BYTES_MAX + 4));
        assert!(kept.lines.len() >= 200);
    }
}
