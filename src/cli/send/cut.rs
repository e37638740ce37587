//! Cutting lines and elements into requests, format `send1`.
//!
//! The rule depends on the content alone and never changes, because the keys rest on it: a request ends with the line
//! that brings it to 1 MiB (line endings counted) or to 5,000 lines (blank ones counted), or with the end. Lines end
//! with LF; a byte order mark at the very beginning is skipped, so that the first request then begins at offset 3.
//! Elements of an array are cut by the same rule, each as long as its text and one more.

use std::io::{self, BufRead};
use std::ops::Range;

/// A request ends with the line that brings it to so many bytes: part of the format.
const REQUEST_BYTES: u64 = 1024 * 1024;

/// A request ends with its so manyth line: part of the format. The answers of so many fit a connection's buffers.
const REQUEST_LINES: usize = 5_000;

/// Longest line that is read into memory and sent. No appliance takes a longer event (`limits.body_bytes_max` is at
/// most 64 MiB), so that a longer one is refused here.
pub(super) const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The byte order mark of UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Some records of a file that are sent in one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cut {
    /// Offset of its first byte in the file.
    pub(super) offset: u64,
    /// Offset behind its last byte.
    pub(super) end: u64,
    /// Number in the file of its first record, from 1, blank ones counted.
    pub(super) first: u64,
    /// Its lines or elements, in order; never none.
    pub(super) records: Vec<Record>,
    /// Their texts, one after the other.
    pub(super) bytes: Vec<u8>,
}

/// A line or element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Where its text stands in the cut's bytes, without a line ending.
    pub(super) text: Range<usize>,
    /// Where it stands in the file, without a line ending.
    pub(super) place: Range<u64>,
    /// Whether it is sent.
    pub(super) kind: RecordKind,
}

/// Whether a record is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordKind {
    /// It is sent.
    Sent,
    /// Nothing but white space: counted, neither sent nor answered.
    Blank,
    /// Too long to be sent: refused here.
    TooLong,
}

impl Cut {
    fn begin(offset: u64, first: u64) -> Self {
        Self { offset, end: offset, first, ..Self::default() }
    }

    fn is_full(&self) -> bool {
        self.end - self.offset >= REQUEST_BYTES || self.records.len() >= REQUEST_LINES
    }

    /// Returns the number in the file of the first record behind it.
    pub(super) fn next(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    /// Returns the text of a record; nothing for one that is not there.
    pub(super) fn text(&self, record: &Record) -> &[u8] {
        self.bytes.get(record.text.clone()).unwrap_or_default()
    }
}

/// Reads the next request's lines, the first of them beginning at `offset` in the file and being its `first`th; nothing
/// at the end.
pub(super) fn cut_lines(reader: &mut impl BufRead, offset: u64, first: u64) -> io::Result<Option<Cut>> {
    let mut begin = offset;
    if offset == 0 && reader.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
        reader.consume(BYTE_ORDER_MARK.len());
        begin += BYTE_ORDER_MARK.len() as u64;
    }
    let mut cut = Cut::begin(begin, first);
    while !cut.is_full() {
        let start = cut.bytes.len();
        let Some(read) = read_line(reader, &mut cut.bytes)? else { break };
        let place = cut.end..cut.end + read.text;
        cut.end += read.text + read.ending;
        let text = start..cut.bytes.len();
        let kind = match cut.bytes.get(text.clone()) {
            _ if read.text > LINE_BYTES_MAX as u64 => RecordKind::TooLong,
            Some(text) if !is_blank(text) => RecordKind::Sent,
            _ => RecordKind::Blank,
        };
        cut.records.push(Record { text, place, kind });
    }
    Ok((!cut.records.is_empty()).then_some(cut))
}

/// Cuts elements of an array, given by their places in the text of the file, into requests.
pub(super) fn cut_elements(text: &[u8], elements: &[Range<usize>]) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut open: Option<Cut> = None;
    for (element, number) in elements.iter().zip(1..) {
        let place = element.start as u64..element.end as u64;
        let cut = open.get_or_insert_with(|| Cut::begin(place.start, number));
        let start = cut.bytes.len();
        // Elements are sent as lines. Outside a string a line break is white space, and inside it is no JSON.
        let written = text.get(element.clone()).unwrap_or_default().iter();
        cut.bytes.extend(written.map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
        cut.records.push(Record { text: start..cut.bytes.len(), place, kind: RecordKind::Sent });
        cut.end = element.end as u64 + 1;
        if cut.is_full() {
            cuts.extend(open.take());
        }
    }
    cuts.extend(open);
    cuts
}

/// Tells whether a line holds nothing but white space.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Lengths of a line that was read.
struct ReadLine {
    text: u64,
    ending: u64,
}

/// Appends the next line without its ending; of one that is too long nothing. Nothing at the end.
fn read_line(reader: &mut impl BufRead, into: &mut Vec<u8>) -> io::Result<Option<ReadLine>> {
    let start = into.len();
    let mut read = ReadLine { text: 0, ending: 0 };
    loop {
        let buffer = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        if buffer.is_empty() {
            return Ok((read.text > 0).then_some(read));
        }
        let line_end = buffer.iter().position(|byte| *byte == b'\n');
        let piece = buffer.get(..line_end.unwrap_or(buffer.len())).unwrap_or_default();
        read.text += piece.len() as u64;
        if read.text > LINE_BYTES_MAX as u64 {
            into.truncate(start);
        } else {
            into.extend_from_slice(piece);
        }
        let used = piece.len() + usize::from(line_end.is_some());
        reader.consume(used);
        if line_end.is_some() {
            read.ending = 1;
            return Ok(Some(read));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{BufReader, Cursor};

    fn cuts_of(bytes: &[u8], buffer: usize) -> Vec<Cut> {
        let mut reader = BufReader::with_capacity(buffer, Cursor::new(bytes));
        let (mut cuts, mut offset, mut first) = (Vec::new(), 0, 1);
        while let Some(cut) = cut_lines(&mut reader, offset, first).unwrap() {
            (offset, first) = (cut.end, cut.next());
            cuts.push(cut);
        }
        cuts
    }

    fn borders(cuts: &[Cut]) -> Vec<(u64, u64, usize)> {
        cuts.iter().map(|cut| (cut.offset, cut.end, cut.records.len())).collect()
    }

    #[test]
    fn a_request_ends_with_its_5000th_line() {
        let cuts = cuts_of("{}\n".repeat(12_345).as_bytes(), 8192);
        assert_eq!(borders(&cuts), [(0, 15_000, 5_000), (15_000, 30_000, 5_000), (30_000, 37_035, 2_345)]);
        assert_eq!(cuts.iter().map(|cut| cut.first).collect::<Vec<_>>(), [1, 5_001, 10_001]);
    }

    #[test]
    fn a_request_ends_with_the_line_that_reaches_a_mebibyte() {
        let line = format!("{}\n", "x".repeat(1023));
        assert_eq!(borders(&cuts_of(line.repeat(1_024).as_bytes(), 4096)), [(0, 1 << 20, 1_024)]);
        let cuts = cuts_of(line.repeat(1_025).as_bytes(), 4096);
        assert_eq!(borders(&cuts), [(0, 1 << 20, 1_024), (1 << 20, (1 << 20) + 1_024, 1)]);
        let long = format!("a\n{}\nb", "y".repeat(3 << 20));
        assert_eq!(
            borders(&cuts_of(long.as_bytes(), 4096)),
            [(0, (3 << 20) + 3, 2), ((3 << 20) + 3, (3 << 20) + 4, 1)]
        );
    }

    #[test]
    fn blank_lines_count_and_a_byte_order_mark_does_not() {
        let cuts = cuts_of(b"\xef\xbb\xbf{}\r\n\r\n \t\n[]", 5);
        let [cut] = &*cuts else { panic!("{cuts:?}") };
        let kinds: Vec<_> = cut.records.iter().map(|record| record.kind).collect();
        assert_eq!(kinds, [RecordKind::Sent, RecordKind::Blank, RecordKind::Blank, RecordKind::Sent]);
        assert_eq!((cut.offset, cut.end), (3, 14));
        assert_eq!(cut.text(&cut.records[3]), b"[]");
        assert_eq!(cut.records[3].place, 12..14);
        assert_eq!(cuts_of(b"", 5), []);
        assert_eq!(cuts_of(BYTE_ORDER_MARK, 5), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_counted_and_not_kept() {
        let mut bytes = vec![b'x'; LINE_BYTES_MAX + 1];
        bytes.extend_from_slice(b"\n{}\n");
        let cuts = cuts_of(&bytes, 64 * 1024);
        assert_eq!(cuts[0].records[0].kind, RecordKind::TooLong);
        assert!(cuts[0].bytes.is_empty());
        assert_eq!(cuts[1].offset, bytes.len() as u64 - 3);
        assert_eq!(cuts[1].text(&cuts[1].records[0]), b"{}");
    }

    #[test]
    fn elements_are_cut_by_the_same_rule_and_sent_as_lines() {
        let text = b"[{\n1}, {2}]";
        let [cut] = &*cut_elements(text, &[1..5, 7..10]) else { panic!("one request") };
        assert_eq!((cut.offset, cut.first, &*cut.bytes), (1, 1, &b"{ 1}{2}"[..]));
        let many: Vec<_> = (0..10_001).map(|_| 1..5).collect();
        let cuts = cut_elements(text, &many);
        assert_eq!(cuts.iter().map(|cut| cut.records.len()).collect::<Vec<_>>(), [5_000, 5_000, 1]);
        assert_eq!(cuts[2].first, 10_001);
    }

    proptest! {
        #[test]
        fn requests_cover_a_file_wherever_the_reading_pauses_or_goes_on(
            lines in proptest::collection::vec("[a-z ]{0,9}", 0..30), repeat in 1_usize..900, buffer in 1_usize..99,
        ) {
            let bytes = lines.join("\n").repeat(repeat);
            let bytes = bytes.as_bytes();
            let cuts = cuts_of(bytes, buffer);
            let mut end = 0;
            for cut in &cuts {
                prop_assert_eq!(cut.offset, end);
                end = cut.end;
                // Going on at a request's beginning gives the same request.
                let rest = bytes.get(usize::try_from(cut.offset).unwrap()..).unwrap();
                let again = cut_lines(&mut Cursor::new(rest), cut.offset, cut.first).unwrap();
                prop_assert_eq!(again.as_ref(), Some(cut));
                for record in &cut.records {
                    let place = usize::try_from(record.place.start).unwrap()..usize::try_from(record.place.end).unwrap();
                    prop_assert_eq!(cut.text(record), &bytes[place]);
                }
            }
            prop_assert_eq!(end, bytes.len() as u64);
            let counted: usize = cuts.iter().map(|cut| cut.records.len()).sum();
            prop_assert_eq!(counted, std::str::from_utf8(bytes).unwrap().lines().count());
        }
    }
}
