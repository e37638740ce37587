//! Answers to lines that the sender has not taken yet.
//!
//! Many senders write their whole body before they read an answer. Lines that were stored one after the other are
//! therefore kept as a run of numbers, which takes as little memory for a million lines as for one, and become text
//! when there is somebody to read it.

use crate::api::intake::receipt::{Detail, MemberJson};
use crate::http::problem::Problem;
use crate::services::ingest::Outcome;
use std::collections::VecDeque;

/// Text made at once.
const TEXT_LEN: usize = 32 * 1024;

/// Memory that a run takes, about.
const RUN_LEN: usize = 40;

#[derive(Debug, Default)]
pub(super) struct Backlog {
    pieces: VecDeque<Piece>,
    len: usize,
}

#[derive(Debug)]
enum Piece {
    /// Lines that follow each other, stored at places that follow each other.
    Run(Run),
    /// The answer to one line, written.
    Text(Vec<u8>),
}

#[derive(Clone, Copy, Debug)]
struct Run {
    status: &'static str,
    line: u64,
    seq: u64,
    count: u64,
}

impl Backlog {
    /// Adds the answer to a line.
    pub(super) fn push(&mut self, line: u64, outcome: &Result<Outcome, Problem>, detail: Detail) {
        let plain = match outcome {
            Ok(Outcome::Stored(receipt)) if detail == Detail::Brief => Some(("accepted", receipt.seq.0)),
            Ok(Outcome::Repeated { first: None, seq, mismatch: false, .. }) => Some(("duplicate", seq.0)),
            _ => None,
        };
        match plain {
            Some((status, seq)) => self.push_plain(Run { status, line, seq, count: 1 }),
            None => self.push_text(&MemberJson::new(Some(line), outcome, detail)),
        }
    }

    pub(super) fn push_text(&mut self, member: &MemberJson<'_>) {
        let mut text = Vec::new();
        write_line(&mut text, member);
        self.len += text.len();
        self.pieces.push_back(Piece::Text(text));
    }

    /// Returns how much memory the answers take, about.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Takes some of the oldest answers as text; none if there is none.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        self.pieces.front()?;
        let mut text = Vec::with_capacity(TEXT_LEN);
        while text.len() < TEXT_LEN
            && let Some(piece) = self.pieces.front_mut()
        {
            match piece {
                Piece::Text(line) => {
                    self.len -= line.len();
                    text.append(line);
                }
                Piece::Run(run) => {
                    run.write(&mut text);
                    if run.count > 1 {
                        *run = Run { line: run.line + 1, seq: run.seq + 1, count: run.count - 1, ..*run };
                        continue;
                    }
                    self.len -= RUN_LEN;
                }
            }
            self.pieces.pop_front();
        }
        Some(text)
    }

    fn push_plain(&mut self, next: Run) {
        if let Some(Piece::Run(run)) = self.pieces.back_mut()
            && run.status == next.status
            && run.line + run.count == next.line
            && run.seq + run.count == next.seq
        {
            run.count += 1;
            return;
        }
        self.len += RUN_LEN;
        self.pieces.push_back(Piece::Run(next));
    }
}

impl Run {
    /// Writes the first line's answer: by hand, because there are hundreds of thousands a second.
    fn write(&self, text: &mut Vec<u8>) {
        let mut digits = itoa::Buffer::new();
        text.extend_from_slice(b"{\"line\":");
        text.extend_from_slice(digits.format(self.line).as_bytes());
        text.extend_from_slice(b",\"status\":\"");
        text.extend_from_slice(self.status.as_bytes());
        text.extend_from_slice(b"\",\"seq\":");
        text.extend_from_slice(digits.format(self.seq).as_bytes());
        text.extend_from_slice(b"}\n");
    }
}

pub(super) fn write_line(text: &mut Vec<u8>, member: &MemberJson<'_>) {
    serde_json::to_writer(&mut *text, member).expect("a receipt has a JSON form");
    text.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::intake::receipt::tests::receipt;
    use crate::domain::ids::Seq;
    use crate::http::code::Code;
    use crate::services::ingest::Receipt;

    fn stored(seq: u64) -> Outcome {
        Outcome::Stored(Receipt { seq: Seq(seq), ..receipt() })
    }

    fn repeated(seq: u64, mismatch: bool) -> Outcome {
        let (first, source, key) = (None, String::new(), None);
        Outcome::Repeated { first, seq: Seq(seq), source, key, mismatch }
    }

    fn all(backlog: &mut Backlog) -> String {
        let mut text = Vec::new();
        while let Some(more) = backlog.take() {
            text.extend(more);
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn answers_come_out_in_order_whatever_their_kind() {
        let mut backlog = Backlog::default();
        let refused = Err(Problem::new(Code::InvalidJson, "d"));
        let answers = [
            Ok(stored(5)),
            Ok(stored(6)),
            Ok(repeated(6, false)),
            refused,
            Ok(stored(7)),
            Ok(stored(9)),
            Ok(repeated(2, true)),
        ];
        for (line, outcome) in (1..).zip(&answers) {
            backlog.push(line, outcome, Detail::Brief);
        }
        let expected = [
            r#"{"line":1,"status":"accepted","seq":5}"#,
            r#"{"line":2,"status":"accepted","seq":6}"#,
            r#"{"line":3,"status":"duplicate","seq":6}"#,
            r#"{"line":4,"status":"refused","code":"invalid_json","detail":"d"}"#,
            r#"{"line":5,"status":"accepted","seq":7}"#,
            r#"{"line":6,"status":"accepted","seq":9}"#,
            r#"{"line":7,"status":"duplicate","seq":2,"mismatch":true}"#,
        ];
        assert_eq!(all(&mut backlog).lines().collect::<Vec<_>>(), expected);
        assert_eq!((backlog.len(), backlog.take()), (0, None));
        backlog.push(8, &Ok(stored(10)), Detail::Full);
        assert!(all(&mut backlog).contains("received_at"));
    }

    #[test]
    fn a_million_lines_in_a_row_take_as_little_as_one() {
        let mut backlog = Backlog::default();
        for line in 1..=1_000_000 {
            backlog.push(line, &Ok(repeated(line + 7, false)), Detail::Brief);
        }
        assert_eq!(backlog.len(), RUN_LEN);
        let text = all(&mut backlog);
        assert_eq!(text.lines().count(), 1_000_000);
        assert!(text.ends_with("{\"line\":1000000,\"status\":\"duplicate\",\"seq\":1000007}\n"));
    }
}
