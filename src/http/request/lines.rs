//! Lines of a body that comes in pieces. A line that lies within one piece shares the piece's memory; of one that is too
//! long nothing is kept.

use bytes::{Bytes, BytesMut};
use memchr::memchr;

/// A line without its ending, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which line it is.
    pub number: u64,
    /// Its bytes; none if it is longer than a line may be.
    pub bytes: Option<Bytes>,
}

impl Line {
    /// Returns how many bytes were kept.
    pub fn kept_len(&self) -> usize {
        self.bytes.as_ref().map_or(0, Bytes::len)
    }
}

/// Splits pieces into lines.
#[derive(Debug)]
pub struct LineSplitter {
    /// The last line's beginning.
    open: BytesMut,
    /// The open line is too long already.
    overlong: bool,
    number: u64,
    len_max: usize,
}

impl LineSplitter {
    /// Begins with line 1; longer lines than `len_max` bytes are passed over.
    pub fn new(len_max: usize) -> Self {
        Self { open: BytesMut::new(), overlong: false, number: 0, len_max }
    }

    /// Splits a piece and appends the lines that end in it, blank ones left out.
    pub fn push(&mut self, mut piece: Bytes, lines: &mut Vec<Line>) {
        while let Some(end) = memchr(b'\n', &piece) {
            let rest = piece.split_to(end);
            // The line's ending.
            let _ = piece.split_to(1);
            let whole = if self.open.is_empty() { rest } else { self.completed(&rest) };
            self.end(whole, lines);
        }
        // One byte more, which may turn out to be a carriage return.
        if self.overlong || self.open.len() + piece.len() > self.len_max.saturating_add(1) {
            self.overlong = true;
            self.open = BytesMut::new();
        } else {
            self.open.extend_from_slice(&piece);
        }
    }

    /// Returns the number of the line that has not ended yet.
    pub fn open_line(&self) -> u64 {
        self.number + 1
    }

    /// Returns how many bytes are kept of it.
    pub fn open_len(&self) -> usize {
        self.open.len()
    }

    /// Ends the body: what is left is a line without an ending.
    pub fn finish(&mut self, lines: &mut Vec<Line>) {
        if self.overlong || !self.open.is_empty() {
            let rest = self.open.split().freeze();
            self.end(rest, lines);
        }
    }

    fn completed(&mut self, rest: &[u8]) -> Bytes {
        if !self.overlong && self.open.len() + rest.len() <= self.len_max.saturating_add(1) {
            self.open.extend_from_slice(rest);
        } else {
            self.overlong = true;
        }
        self.open.split().freeze()
    }

    fn end(&mut self, mut line: Bytes, lines: &mut Vec<Line>) {
        self.number += 1;
        if line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        let overlong = std::mem::take(&mut self.overlong) || line.len() > self.len_max;
        if overlong {
            lines.push(Line { number: self.number, bytes: None });
        } else if !line.trim_ascii().is_empty() {
            lines.push(Line { number: self.number, bytes: Some(line) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(pieces: &[&[u8]], len_max: usize) -> Vec<(u64, Option<Vec<u8>>)> {
        let mut splitter = LineSplitter::new(len_max);
        let mut lines = Vec::new();
        for piece in pieces {
            splitter.push(Bytes::copy_from_slice(piece), &mut lines);
        }
        splitter.finish(&mut lines);
        lines.into_iter().map(|line| (line.number, line.bytes.map(|bytes| bytes.to_vec()))).collect()
    }

    #[test]
    fn lines_end_anywhere_and_blank_ones_only_count() {
        let lines = split(&[b"a\n\n", b"b", b"c\r", b"\n  \nd"], 10);
        let of = |number, text: &[u8]| (number, Some(text.to_vec()));
        assert_eq!(lines, [of(1, b"a"), of(3, b"bc"), of(5, b"d")]);
        assert!(split(&[b"", b"\n\n"], 10).is_empty());
    }

    #[test]
    fn a_line_too_long_is_passed_over_and_the_next_is_read() {
        for pieces in [&[&b"abcd\nx\n"[..]][..], &[b"ab", b"cd\nx"], &[b"abcd", b"e", b"f\nx\n"]] {
            assert_eq!(split(pieces, 3), [(1, None), (2, Some(b"x".to_vec()))], "{pieces:?}");
        }
        assert_eq!(split(&[b"abc\r\n"], 3), [(1, Some(b"abc".to_vec()))]);
        assert_eq!(split(&[b"abc\r", b"\n"], 3), [(1, Some(b"abc".to_vec()))]);
        assert_eq!(split(&[b"abcd"], 3), [(1, None)]);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(text in "[a-c\n]{0,80}", cuts in proptest::collection::vec(0usize..80, 0..6)) {
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= text.len()).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([text.len()]) {
                pieces.push(&text.as_bytes()[from..cut]);
                from = cut;
            }
            prop_assert_eq!(split(&pieces, 4), split(&[text.as_bytes()], 4));
        }
    }
}
