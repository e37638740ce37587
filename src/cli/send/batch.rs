//! Cutting lines and elements into batches, format `send1`.
//!
//! The rule depends on the content alone and never changes, because the keys rest on it: a batch ends with the line that
//! brings it to 1 MiB (line endings counted) or to 5,000 lines (blank ones counted), or with the end. Lines end with LF; a
//! byte order mark at the very beginning is skipped, so that the first batch then begins at offset 3. Elements of an array
//! are cut by the same rule, each as long as its text and one more.

use crate::cli::send::answer::Reason;
use bytes::Bytes;
use std::io::{self, BufRead};
use std::ops::Range;

/// A batch ends with the line that brings it to so many bytes: part of the format.
const BATCH_BYTES: u64 = 1024 * 1024;

/// A batch ends with its so manyth line: part of the format. The answers of so many fit a connection's buffers.
const BATCH_LINES: usize = 5_000;

/// Longest line that is read into memory and sent. No appliance takes a longer event (`limits.body_bytes_max` is at
/// most 64 MiB), so that a longer one is refused here.
pub(super) const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The byte order mark of UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Some records of a file that are sent together, and what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Batch {
    /// Offset of its first byte in the file.
    pub(super) offset: u64,
    /// Offset behind its last byte.
    pub(super) end: u64,
    /// Number in the file of its first record, from 1, blank ones counted.
    pub(super) first: u64,
    /// Its lines or elements, in order; never none.
    pub(super) records: Vec<Record>,
    /// Their texts, one after the other.
    pub(super) bytes: Bytes,
}

/// A line, an element, or a file that is one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Its text in the batch's bytes, without a line ending.
    text: Range<usize>,
    /// Its place in the file, without a line ending.
    pub(super) place: Range<u64>,
    pub(super) outcome: Outcome,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is not answered yet.
    Due,
    /// Nothing but white space: counted, neither sent nor answered.
    Blank,
    /// It is stored by this send.
    Stored,
    /// It was stored before.
    Repeat {
        /// Whether its key belongs to an event with another payload.
        mismatch: bool,
    },
    /// It was refused and will always be.
    Refused(Reason),
}

impl Batch {
    fn begin(offset: u64, first: u64) -> Self {
        Self { offset, end: offset, first, ..Self::default() }
    }

    pub(super) fn whole(bytes: Vec<u8>, end: u64, outcome: Outcome) -> Self {
        let record = Record { text: 0..bytes.len(), place: 0..end, outcome };
        Self { offset: 0, end, first: 1, records: vec![record], bytes: bytes.into() }
    }

    fn is_full(&self) -> bool {
        self.end - self.offset >= BATCH_BYTES || self.records.len() >= BATCH_LINES
    }

    /// Returns how many records are not answered yet.
    pub(super) fn due(&self) -> usize {
        self.records.iter().filter(|record| record.outcome == Outcome::Due).count()
    }

    /// Takes the answer to the record of a number in the batch, from 1; says what is wrong with one that is not due.
    pub(super) fn settle(&mut self, number: u64, outcome: Outcome) -> Result<(), String> {
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let record = place.and_then(|place| self.records.get_mut(place));
        let due = record.filter(|record| record.outcome == Outcome::Due).ok_or_else(|| {
            format!("the answer names line {number}, which was not sent or is answered already")
        })?;
        due.outcome = outcome;
        Ok(())
    }

    /// Writes the lines that are not answered yet. In the place of the others stand empty ones, which are counted and not
    /// answered, so that each keeps its number and with it its key.
    pub(super) fn write_due(&self) -> Bytes {
        let mut body = Vec::with_capacity(self.bytes.len() + self.records.len());
        let mut behind_due = 0;
        for record in &self.records {
            if record.outcome == Outcome::Due {
                body.extend_from_slice(self.bytes.get(record.text.clone()).unwrap_or_default());
                behind_due = body.len() + 1;
            }
            body.push(b'\n');
        }
        body.truncate(behind_due);
        body.into()
    }
}

/// Reads the next batch's lines, the first of them beginning at `offset` in the file and being its `first`th; nothing at the
/// end.
pub(super) fn read_lines(reader: &mut impl BufRead, offset: u64, first: u64) -> io::Result<Option<Batch>> {
    let mut begin = offset;
    if offset == 0 && reader.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
        reader.consume(BYTE_ORDER_MARK.len());
        begin += BYTE_ORDER_MARK.len() as u64;
    }
    let mut batch = Batch::begin(begin, first);
    let mut bytes = Vec::new();
    while !batch.is_full() {
        let start = bytes.len();
        let Some((len, ending)) = read_line(reader, &mut bytes)? else { break };
        let place = batch.end..batch.end + len;
        batch.end = place.end + ending;
        let outcome = if len > LINE_BYTES_MAX as u64 {
            Outcome::Refused(Reason::new(
                "line_too_long",
                &format!("the line is longer than {} MiB, and no appliance takes that", LINE_BYTES_MAX >> 20),
            ))
        } else if is_blank(bytes.get(start..).unwrap_or_default()) {
            Outcome::Blank
        } else {
            Outcome::Due
        };
        batch.records.push(Record { text: start..bytes.len(), place, outcome });
    }
    batch.bytes = bytes.into();
    Ok((!batch.records.is_empty()).then_some(batch))
}

/// Cuts the next batch off the places of an array's elements in the text of the file, the first of them being the array's
/// `first`th; nothing at the end.
pub(super) fn cut_elements(text: &[u8], elements: &mut &[Range<usize>], first: u64) -> Option<Batch> {
    let mut batch = Batch::begin(elements.first()?.start as u64, first);
    let mut bytes = Vec::new();
    while let (false, Some((element, rest))) = (batch.is_full(), elements.split_first()) {
        let start = bytes.len();
        // Elements are sent as lines. Outside a string a line break is white space, and inside it is no JSON.
        let written = text.get(element.clone()).unwrap_or_default().iter();
        bytes.extend(written.map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
        let place = element.start as u64..element.end as u64;
        batch.end = place.end + 1;
        batch.records.push(Record { text: start..bytes.len(), place, outcome: Outcome::Due });
        *elements = rest;
    }
    batch.bytes = bytes.into();
    Some(batch)
}

/// Tells whether a line holds nothing but white space.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Appends the next line without its ending; of one that is too long nothing. Returns the lengths of both; nothing at the
/// end.
fn read_line(reader: &mut impl BufRead, into: &mut Vec<u8>) -> io::Result<Option<(u64, u64)>> {
    let start = into.len();
    let mut len = 0;
    loop {
        let buffer = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        if buffer.is_empty() {
            return Ok((len > 0).then_some((len, 0)));
        }
        let line_end = memchr::memchr(b'\n', buffer);
        let piece = buffer.get(..line_end.unwrap_or(buffer.len())).unwrap_or_default();
        len += piece.len() as u64;
        if len > LINE_BYTES_MAX as u64 {
            into.truncate(start);
        } else {
            into.extend_from_slice(piece);
        }
        let used = piece.len() + usize::from(line_end.is_some());
        reader.consume(used);
        if line_end.is_some() {
            return Ok(Some((len, 1)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{BufReader, Cursor};

    fn batches_of(bytes: &[u8], buffer: usize) -> Vec<Batch> {
        let mut reader = BufReader::with_capacity(buffer, Cursor::new(bytes));
        let (mut batches, mut offset, mut first) = (Vec::new(), 0, 1);
        while let Some(batch) = read_lines(&mut reader, offset, first).unwrap() {
            (offset, first) = (batch.end, batch.first + batch.records.len() as u64);
            batches.push(batch);
        }
        batches
    }

    fn text<'a>(batch: &'a Batch, record: &Record) -> &'a [u8] {
        &batch.bytes[record.text.clone()]
    }

    fn borders(batches: &[Batch]) -> Vec<(u64, u64, usize)> {
        batches.iter().map(|batch| (batch.offset, batch.end, batch.records.len())).collect()
    }

    #[test]
    fn a_batch_ends_with_its_5000th_line() {
        let batches = batches_of("{}\n".repeat(12_345).as_bytes(), 8192);
        assert_eq!(borders(&batches), [(0, 15_000, 5_000), (15_000, 30_000, 5_000), (30_000, 37_035, 2_345)]);
        assert_eq!(batches.iter().map(|batch| batch.first).collect::<Vec<_>>(), [1, 5_001, 10_001]);
    }

    #[test]
    fn a_batch_ends_with_the_line_that_reaches_a_mebibyte() {
        let line = format!("{}\n", "x".repeat(1023));
        assert_eq!(borders(&batches_of(line.repeat(1_024).as_bytes(), 4096)), [(0, 1 << 20, 1_024)]);
        let batches = batches_of(line.repeat(1_025).as_bytes(), 4096);
        assert_eq!(borders(&batches), [(0, 1 << 20, 1_024), (1 << 20, (1 << 20) + 1_024, 1)]);
        let long = format!("a\n{}\nb", "y".repeat(3 << 20));
        assert_eq!(
            borders(&batches_of(long.as_bytes(), 4096)),
            [(0, (3 << 20) + 3, 2), ((3 << 20) + 3, (3 << 20) + 4, 1)]
        );
    }

    #[test]
    fn blank_lines_count_and_a_byte_order_mark_does_not() {
        let batches = batches_of(b"\xef\xbb\xbf{}\r\n\r\n \t\n[]", 5);
        let [batch] = &*batches else { panic!("{batches:?}") };
        let outcomes: Vec<_> = batch.records.iter().map(|record| record.outcome.clone()).collect();
        assert_eq!(outcomes, [Outcome::Due, Outcome::Blank, Outcome::Blank, Outcome::Due]);
        assert_eq!((batch.offset, batch.end), (3, 14));
        assert_eq!(text(batch, &batch.records[3]), b"[]");
        assert_eq!(batch.records[3].place, 12..14);
        assert_eq!(batches_of(b"", 5), []);
        assert_eq!(batches_of(BYTE_ORDER_MARK, 5), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_counted_and_not_kept() {
        let mut bytes = vec![b'x'; LINE_BYTES_MAX + 1];
        bytes.extend_from_slice(b"\n{}\n");
        let batches = batches_of(&bytes, 64 * 1024);
        let outcome = &batches[0].records[0].outcome;
        assert!(matches!(outcome, Outcome::Refused(reason) if reason.code == "line_too_long"), "{outcome:?}");
        assert!(batches[0].bytes.is_empty());
        assert_eq!(batches[1].offset, bytes.len() as u64 - 3);
        assert_eq!(text(&batches[1], &batches[1].records[0]), b"{}");
    }

    #[test]
    fn elements_are_cut_by_the_same_rule_and_sent_as_lines() {
        let text = b"[{\n1}, {2}]";
        let batches_of = |mut elements: &[Range<usize>]| {
            let (mut batches, mut first) = (Vec::new(), 1);
            while let Some(batch) = cut_elements(text, &mut elements, first) {
                first += batch.records.len() as u64;
                batches.push(batch);
            }
            batches
        };
        let [batch] = &*batches_of(&[1..5, 7..10]) else { panic!("one request") };
        assert_eq!((batch.offset, batch.first, &*batch.bytes), (1, 1, &b"{ 1}{2}"[..]));
        let many: Vec<_> = (0..10_001).map(|_| 1..5).collect();
        let batches = batches_of(&many);
        assert_eq!(batches.iter().map(|batch| batch.records.len()).collect::<Vec<_>>(), [5_000, 5_000, 1]);
        assert_eq!(batches[2].first, 10_001);
    }

    #[test]
    fn what_is_sent_again_keeps_its_numbers() {
        let [mut batch] = <[Batch; 1]>::try_from(batches_of(b"a\n\nb\n  \nc\n", 9)).unwrap();
        assert_eq!(&batch.write_due()[..], b"a\n\nb\n\nc\n");
        batch.settle(3, Outcome::Stored).unwrap();
        assert_eq!(&batch.write_due()[..], b"a\n\n\n\nc\n");
        batch.settle(5, Outcome::Stored).unwrap();
        assert_eq!((&batch.write_due()[..], batch.due()), (&b"a\n"[..], 1));
        for wrong in [0, 2, 3, 4, 6, u64::MAX] {
            assert!(batch.settle(wrong, Outcome::Stored).is_err(), "{wrong}");
        }
        batch.settle(1, Outcome::Stored).unwrap();
        assert_eq!((&batch.write_due()[..], batch.due()), (&b""[..], 0));
    }

    proptest! {
        #[test]
        fn every_due_line_stands_at_its_number(
            lines in "[ a-c\n]{0,40}", settled in proptest::collection::vec(0_u64..40, 0..20),
        ) {
            let Some(mut batch) = batches_of(lines.as_bytes(), 9).pop() else { return Ok(()) };
            for number in settled {
                let _ = batch.settle(number, Outcome::Stored);
            }
            let body = batch.write_due();
            let lines: Vec<_> = std::str::from_utf8(&body).unwrap().lines().collect();
            for (at, record) in batch.records.iter().enumerate() {
                let line = lines.get(at).copied().unwrap_or_default().as_bytes();
                let expected = if record.outcome == Outcome::Due { text(&batch, record) } else { b"" };
                prop_assert_eq!(line, expected);
            }
        }

        #[test]
        fn batches_cover_a_file_wherever_the_reading_pauses_or_goes_on(
            lines in proptest::collection::vec("[a-z ]{0,9}", 0..30), repeat in 1_usize..900, buffer in 1_usize..99,
        ) {
            let bytes = lines.join("\n").repeat(repeat);
            let bytes = bytes.as_bytes();
            let batches = batches_of(bytes, buffer);
            let mut end = 0;
            for batch in &batches {
                prop_assert_eq!(batch.offset, end);
                end = batch.end;
                // Going on at a batch's beginning gives the same batch.
                let rest = bytes.get(usize::try_from(batch.offset).unwrap()..).unwrap();
                let again = read_lines(&mut Cursor::new(rest), batch.offset, batch.first).unwrap();
                prop_assert_eq!(again.as_ref(), Some(batch));
                for record in &batch.records {
                    let place = usize::try_from(record.place.start).unwrap()..usize::try_from(record.place.end).unwrap();
                    prop_assert_eq!(text(batch, record), &bytes[place]);
                }
            }
            prop_assert_eq!(end, bytes.len() as u64);
            let counted: usize = batches.iter().map(|batch| batch.records.len()).sum();
            prop_assert_eq!(counted, std::str::from_utf8(bytes).unwrap().lines().count());
        }
    }
}
