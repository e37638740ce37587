//! What goes in one request, and what has been answered of it.

use crate::cli::send::answer::{Reason, Verdict};
use crate::cli::send::cut::{Cut, LINE_BYTES_MAX, RecordKind};
use bytes::Bytes;

/// What goes in one request.
#[derive(Clone, Debug)]
pub(super) enum Parcel {
    /// Lines, each with an answer of its own.
    Lines(Cut),
    /// One event.
    Event {
        /// Its media type.
        media_type: &'static str,
        /// Its payload.
        text: Bytes,
    },
}

/// What has been answered of a parcel's records, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answers {
    slots: Vec<Slot>,
    open: usize,
}

/// One record's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// Still to come.
    Open,
    /// None will come.
    Blank,
    /// It came.
    Settled(Settled),
}

/// An answer that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settled {
    /// What became of the record.
    pub(super) verdict: Verdict,
    /// Whether the record had been sent before without an answer: then a repeat may be of this very send.
    pub(super) again: bool,
}

impl Answers {
    /// Begins with what needs no answer.
    pub(super) fn begin(parcel: &Parcel) -> Self {
        let slots: Vec<Slot> = match parcel {
            Parcel::Event { .. } => vec![Slot::Open],
            Parcel::Lines(cut) => cut.records.iter().map(|record| slot(record.kind)).collect(),
        };
        let open = slots.iter().filter(|slot| **slot == Slot::Open).count();
        Self { slots, open }
    }

    /// Returns how many are still to come.
    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// Takes the answer to the record of a number, from 1; says what is wrong with one that was not to come.
    pub(super) fn settle(&mut self, number: u64, settled: Settled) -> Result<(), String> {
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        match place.and_then(|place| self.slots.get_mut(place)) {
            Some(slot @ Slot::Open) => {
                *slot = Slot::Settled(settled);
                self.open -= 1;
                Ok(())
            }
            _ => Err(format!("the answer names line {number}, which was not sent or is answered already")),
        }
    }

    /// Returns the answers in the records' order.
    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Writes the lines that are still to be answered. In the place of the others stand empty ones, which are counted and
    /// not answered, so that each keeps its number and with it its key.
    pub(super) fn write_open(&self, cut: &Cut) -> Bytes {
        let mut body = Vec::with_capacity(cut.bytes.len() + cut.records.len());
        let mut behind_open = 0;
        for (record, slot) in cut.records.iter().zip(&self.slots) {
            if *slot == Slot::Open {
                body.extend_from_slice(cut.text(record));
                behind_open = body.len() + 1;
            }
            body.push(b'\n');
        }
        body.truncate(behind_open);
        body.into()
    }
}

fn slot(kind: RecordKind) -> Slot {
    match kind {
        RecordKind::Sent => Slot::Open,
        RecordKind::Blank => Slot::Blank,
        RecordKind::TooLong => {
            let mebibytes = LINE_BYTES_MAX / 1024 / 1024;
            let detail = format!("the line is longer than {mebibytes} MiB, and no appliance takes that");
            let verdict = Verdict::Refused(Reason::new("line_too_long", &detail));
            Slot::Settled(Settled { verdict, again: false })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::send::cut::cut_lines;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn parcel(text: &str) -> Option<(Cut, Parcel)> {
        let cut = cut_lines(&mut Cursor::new(text.as_bytes()), 0, 1).unwrap()?;
        Some((cut.clone(), Parcel::Lines(cut)))
    }

    const STORED: Settled = Settled { verdict: Verdict::Stored { seq: 1 }, again: false };

    #[test]
    fn what_is_sent_again_keeps_its_numbers() {
        let (cut, parcel) = parcel("a\n\nb\n  \nc\n").unwrap();
        let mut answers = Answers::begin(&parcel);
        assert_eq!(&answers.write_open(&cut)[..], b"a\n\nb\n\nc\n");
        answers.settle(3, STORED).unwrap();
        assert_eq!(&answers.write_open(&cut)[..], b"a\n\n\n\nc\n");
        answers.settle(5, STORED).unwrap();
        assert_eq!((&answers.write_open(&cut)[..], answers.open()), (&b"a\n"[..], 1));
        for wrong in [0, 2, 3, 4, 6, u64::MAX] {
            assert!(answers.settle(wrong, STORED).is_err(), "{wrong}");
        }
        answers.settle(1, STORED).unwrap();
        assert_eq!((&answers.write_open(&cut)[..], answers.open()), (&b""[..], 0));
    }

    proptest! {
        #[test]
        fn every_open_line_stands_at_its_number(text in "[ a-c\n]{0,40}", settled in proptest::collection::vec(0_u64..40, 0..20)) {
            let Some((cut, parcel)) = parcel(&text) else { return Ok(()) };
            let mut answers = Answers::begin(&parcel);
            for number in settled {
                let _ = answers.settle(number, STORED);
            }
            let body = answers.write_open(&cut);
            let lines: Vec<_> = std::str::from_utf8(&body).unwrap().lines().collect();
            for (at, (record, slot)) in cut.records.iter().zip(answers.slots()).enumerate() {
                let line = lines.get(at).copied().unwrap_or_default().as_bytes();
                let expected = if *slot == Slot::Open { cut.text(record) } else { b"" };
                prop_assert_eq!(line, expected);
            }
        }
    }
}
