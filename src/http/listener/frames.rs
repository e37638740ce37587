//! What comes on a connection of HTTP/2, frame by frame: frames that bring nothing are counted, because the protocol's
//! reader takes any number of them, and header blocks that have not ended are measured.

use std::time::Instant;

/// What a client of HTTP/2 begins with (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes of a frame's head (RFC 9113, section 4.1).
const HEAD_LEN: usize = 9;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// Most frames that bring nothing, and how many more may come in every second.
const CREDIT: (usize, usize) = (10_000, 200);

/// How many of them a request is worth, and every write of an answer and kibibyte of it or of a body: windows are opened
/// for them.
const WORTH: (usize, usize) = (8, 4);

/// Too many frames that bring nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flooded;

#[derive(Debug)]
pub(super) struct Frames {
    part: Part,
    credit: usize,
    filled: Instant,
    /// Bytes of a header block that has not ended.
    block: usize,
    /// Whether the frame whose payload comes is part of such a block.
    in_block: bool,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Preface(usize),
    /// A frame's head, so much of which is there.
    Head([u8; HEAD_LEN], usize),
    Payload(usize),
    /// It is another protocol.
    Other,
}

impl Frames {
    pub(super) fn new(now: Instant) -> Self {
        Self { part: Part::Preface(0), credit: CREDIT.0, filled: now, block: 0, in_block: false }
    }

    /// Tells whether the client speaks HTTP/2, as far as is known.
    pub(super) fn is_http_2(&self) -> bool {
        matches!(self.part, Part::Head(..) | Part::Payload(_))
    }

    /// Returns the bytes of a header block that has not ended.
    pub(super) fn block(&self) -> usize {
        self.block
    }

    /// Notes bytes that were written.
    pub(super) fn wrote(&mut self, len: usize) {
        self.earn(WORTH.1 * (1 + len / 1024));
    }

    fn earn(&mut self, more: usize) {
        self.credit = self.credit.saturating_add(more).min(CREDIT.0);
    }

    /// Looks at bytes that came; the clock is asked only for frames that bring nothing.
    pub(super) fn read(&mut self, mut bytes: &[u8], now: impl Fn() -> Instant) -> Result<(), Flooded> {
        while let Some((first, rest)) = bytes.split_first() {
            match &mut self.part {
                Part::Other => return Ok(()),
                Part::Preface(at) => {
                    if PREFACE.get(*at) != Some(first) {
                        self.part = Part::Other;
                        return Ok(());
                    }
                    *at += 1;
                    if *at == PREFACE.len() {
                        self.part = Part::Head([0; HEAD_LEN], 0);
                    }
                    bytes = rest;
                }
                Part::Head(head, len) => {
                    if let Some(place) = head.get_mut(*len) {
                        *place = *first;
                    }
                    *len += 1;
                    if *len == HEAD_LEN {
                        let head = *head;
                        self.begin(head, &now)?;
                    }
                    bytes = rest;
                }
                Part::Payload(left) => {
                    let len = bytes.len().min(*left);
                    *left -= len;
                    if self.in_block {
                        self.block += len;
                    }
                    if *left == 0 {
                        self.part = Part::Head([0; HEAD_LEN], 0);
                    }
                    bytes = bytes.get(len..).unwrap_or_default();
                }
            }
        }
        Ok(())
    }

    /// Looks at a frame's head.
    fn begin(&mut self, head: [u8; HEAD_LEN], now: impl Fn() -> Instant) -> Result<(), Flooded> {
        let [high, middle, low, kind, flags, ..] = head;
        let len = u32::from_be_bytes([0, high, middle, low]) as usize;
        self.part = if len == 0 { Part::Head([0; HEAD_LEN], 0) } else { Part::Payload(len) };
        self.in_block = false;
        match kind {
            HEADERS | CONTINUATION => {
                self.in_block = flags & END_HEADERS == 0;
                if !self.in_block {
                    self.block = 0;
                }
                if kind == HEADERS {
                    self.earn(WORTH.0);
                    return Ok(());
                }
            }
            DATA if len > 0 || flags & END_STREAM != 0 => {
                self.earn(WORTH.1 * len / 1024);
                return Ok(());
            }
            _ => {}
        }
        let now = now();
        let seconds = now.duration_since(self.filled).as_secs();
        if seconds > 0 {
            self.filled = now;
            self.earn(usize::try_from(seconds).unwrap_or(usize::MAX).saturating_mul(CREDIT.1));
        }
        self.credit = self.credit.checked_sub(1).ok_or(Flooded)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
        frame.extend([kind, flags, 0, 0, 0, 1]);
        frame.extend(payload);
        frame
    }

    fn begun(now: Instant) -> Frames {
        let mut frames = Frames::new(now);
        frames.read(PREFACE, || now).unwrap();
        assert!(frames.is_http_2());
        frames
    }

    /// Returns how many such frames are taken at one moment.
    fn taken(kind: u8, payload: &[u8]) -> usize {
        let now = Instant::now();
        let (mut frames, frame) = (begun(now), frame(kind, 0, payload));
        (0..20_000).take_while(|_| frames.read(&frame, || now).is_ok()).count()
    }

    #[test]
    fn frames_that_bring_nothing_are_bounded() {
        const PRIORITY: u8 = 2;
        const RST_STREAM: u8 = 3;
        const SETTINGS: u8 = 4;
        const PING: u8 = 6;
        const WINDOW_UPDATE: u8 = 8;
        for kind in [PRIORITY, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION, 0x77] {
            assert_eq!(taken(kind, &[0; 8]), 10_000, "{kind}");
        }
        assert_eq!(taken(DATA, &[]), 10_000);
        assert_eq!(taken(DATA, &[0; 8]), 20_000);
        assert_eq!(taken(HEADERS, &[0; 8]), 20_000);
    }

    #[test]
    fn time_and_what_is_taken_make_room_for_more() {
        let (now, later) = (Instant::now(), Instant::now() + Duration::from_secs(1));
        for (wrote, at, more) in [(0, now, 4), (1024, now, 8), (0, later, 204)] {
            let (mut frames, ping) = (begun(now), frame(6, 0, &[0; 8]));
            for _ in 0..10_000 {
                frames.read(&ping, || now).unwrap();
            }
            frames.wrote(wrote);
            let taken = (0..1_000).take_while(|_| frames.read(&ping, || at).is_ok()).count();
            assert_eq!(taken, more);
        }
    }

    #[test]
    fn a_header_block_is_measured_until_it_ends_however_the_bytes_come() {
        let now = Instant::now();
        let mut bytes = PREFACE.to_vec();
        bytes.extend(frame(HEADERS, 0, &[0; 100]));
        bytes.extend(frame(CONTINUATION, 0, &[0; 50]));
        for step in [1, 7, 1_000] {
            let mut frames = Frames::new(now);
            for piece in bytes.chunks(step) {
                frames.read(piece, || now).unwrap();
            }
            assert_eq!(frames.block(), 150, "{step}");
            frames.read(&frame(CONTINUATION, END_HEADERS, &[0; 9]), || now).unwrap();
            assert_eq!(frames.block(), 0);
        }
    }

    #[test]
    fn another_protocol_is_left_alone() {
        let mut frames = Frames::new(Instant::now());
        frames.read(b"PRIVATE / HTTP/1.1\r\n", Instant::now).unwrap();
        assert!(!frames.is_http_2());
    }
}
