//! HTTP/2 frame by frame (RFC 9113), for clients that keep no rules.

use crate::wire::{Width, connect};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Frame types of section 6.
pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

/// Flags of section 6.
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// The setting of section 6.5.2 for the first window of every stream.
pub(crate) const INITIAL_WINDOW_SIZE: u16 = 4;

/// Error code of section 7 for a stream that its client no longer wants.
pub(crate) const CANCEL: u32 = 8;

/// How long a write may take until the server counts as not reading.
const WRITE_MAX: Duration = Duration::from_secs(10);

/// A frame that came.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
}

impl Frame {
    /// Tells whether the frame is the last of its stream.
    pub(crate) fn ends_stream(&self) -> bool {
        self.kind == RST_STREAM || (matches!(self.kind, HEADERS | DATA) && self.flags & END_STREAM != 0)
    }
}

/// Appends a frame.
pub(crate) fn frame(to: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    to.extend(&u32::try_from(payload.len()).unwrap().to_be_bytes()[1..]);
    to.extend([kind, flags]);
    to.extend(stream.to_be_bytes());
    to.extend(payload);
}

/// Returns a head as HPACK literals that nobody remembers (RFC 7541, section 6.2.2).
pub(crate) fn head(method: &str, path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    let first = [(":method", method), (":scheme", "http"), (":authority", "appliance"), (":path", path)];
    for (name, value) in first.iter().chain(more) {
        block.push(0);
        for text in [name, value] {
            string_len(&mut block, text.len());
            block.extend(text.bytes());
        }
    }
    block
}

/// Appends a length in seven bits and more (RFC 7541, section 5.1).
fn string_len(to: &mut Vec<u8>, len: usize) {
    let Some(mut rest) = len.checked_sub(127) else { return to.push(u8::try_from(len).unwrap()) };
    to.push(127);
    while rest >= 128 {
        to.push(u8::try_from(rest % 128).unwrap() | 128);
        rest /= 128;
    }
    to.push(u8::try_from(rest).unwrap());
}

/// Returns a GET as one frame.
pub(crate) fn get(stream: u32, path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let mut request = Vec::new();
    frame(&mut request, HEADERS, END_HEADERS | END_STREAM, stream, &head("GET", path, more));
    request
}

/// A connection on which the client does what it likes. What comes is read at once, and its windows are never widened.
pub(crate) struct Http2 {
    writer: OwnedWriteHalf,
    frames: mpsc::UnboundedReceiver<Frame>,
    reader: JoinHandle<()>,
    next_stream: u32,
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Http2 {
    /// Connects from an attacker's address and announces settings.
    pub(crate) async fn connect(number: usize, to: SocketAddr, settings: &[(u16, u32)]) -> io::Result<Self> {
        let stream = connect(number, to, Width::Usual).await?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let (found, frames) = mpsc::unbounded_channel();
        let reader = tokio::spawn(read_frames(reader, found));
        let mut client = Self { writer, frames, reader, next_stream: 1 };
        let mut begin = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        let settings: Vec<u8> = settings
            .iter()
            .flat_map(|(name, value)| name.to_be_bytes().into_iter().chain(value.to_be_bytes()))
            .collect();
        frame(&mut begin, SETTINGS, 0, 0, &settings);
        client.send(&begin).await;
        Ok(client)
    }

    /// Returns the number for a new stream.
    pub(crate) fn new_stream(&mut self) -> u32 {
        let stream = self.next_stream;
        self.next_stream += 2;
        stream
    }

    /// Sends bytes; false when the server takes no more.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> bool {
        matches!(timeout(WRITE_MAX, self.writer.write_all(bytes)).await, Ok(Ok(())))
    }

    /// Begins a GET and returns its stream; none when the server takes no more.
    pub(crate) async fn get(&mut self, path: &str, more: &[(&str, &str)]) -> Option<u32> {
        let stream = self.new_stream();
        self.send(&get(stream, path, more)).await.then_some(stream)
    }

    /// Sends a PING; false when the server takes no more.
    pub(crate) async fn ping(&mut self) -> bool {
        let mut ping = Vec::new();
        frame(&mut ping, PING, 0, 0, b"are you?");
        self.send(&ping).await
    }

    /// Returns the next frame; none when the connection has ended.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        self.frames.recv().await
    }

    /// Waits for the connection's end at most so long; tells whether it came.
    pub(crate) async fn ends_within(&mut self, time: Duration) -> bool {
        timeout(time, async { while self.next().await.is_some() {} }).await.is_ok()
    }

    /// Tells whether the server has ended the connection.
    pub(crate) fn has_ended(&self) -> bool {
        self.reader.is_finished()
    }
}

async fn read_frames(mut reader: OwnedReadHalf, found: mpsc::UnboundedSender<Frame>) {
    let mut payload = Vec::new();
    loop {
        let mut head = [0; 9];
        if reader.read_exact(&mut head).await.is_err() {
            return;
        }
        payload.resize(u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize, 0);
        if reader.read_exact(&mut payload).await.is_err() {
            return;
        }
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        if found.send(Frame { kind: head[3], flags: head[4], stream }).is_err() {
            return;
        }
    }
}
