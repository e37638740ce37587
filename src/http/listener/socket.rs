//! The bytes of a connection, counted on their way. Bare answers of the HTTP reader are rewritten here, and a closed
//! connection lingers a moment, so that an answer given before the whole request was read is not lost: a socket
//! closed with unread bytes resets the connection, and the client may then never see what was written.

use super::bare::{self, Head, Rewritten};
use super::frames::{Flooded, Frames};
use super::state::ConnectionState;
use crate::http::edge::Edge;
use crate::http::shares::{Members, Share, Shares};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// How long a closed connection waits for the client to end its side.
const LINGER: Duration = Duration::from_secs(2);

/// Most bytes passed over in that time.
const LINGER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Heads longer than this are few: they count, so that many of them cannot fill the memory.
const LONG_HEAD_LEN: usize = 8 * 1024;

/// How many bytes are passed over at once.
const SCRAP_LEN: usize = 8 * 1024;

pub(super) struct Socket<S> {
    stream: S,
    state: Arc<ConnectionState>,
    edge: Arc<Edge>,
    /// Whom it counts for.
    members: Members,
    note: Note,
    frames: Frames,
    /// Held while the client takes nothing of what it asked for, and while a long head is under way.
    clogged: Option<Share>,
    long_head: Option<Share>,
    /// Held on HTTP/2 until a request proves who sent it.
    multiplexed: Option<Share>,
    /// How many bytes were read with the last line's end among those between requests.
    line_ended_at: u64,
    /// Whether the last write took everything, so that the next one begins with a new answer or piece.
    between_writes: bool,
    /// An answer written in place of a bare one, and how much of it is out.
    replacement: Option<(Vec<u8>, usize)>,
    closing: Closing,
}

/// Notes an answer that was written in place of a bare one.
pub(super) type Note = Box<dyn Fn(&Rewritten) + Send + Sync>;

/// How far the end of a connection is.
enum Closing {
    Open,
    /// Our side is ended; what the client still sends is passed over.
    Lingering(Pin<Box<Sleep>>, usize),
    Closed,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    pub(super) fn new(
        stream: S,
        state: Arc<ConnectionState>,
        edge: Arc<Edge>,
        members: Members,
        note: Note,
    ) -> Self {
        Self {
            stream,
            state,
            edge,
            members,
            note,
            frames: Frames::new(Instant::now()),
            clogged: None,
            long_head: None,
            multiplexed: None,
            line_ended_at: 0,
            between_writes: true,
            replacement: None,
            closing: Closing::Open,
        }
    }

    /// Looks at what came: floods, and more strangers on HTTP/2 or with long heads than there may be, end the connection.
    fn watch(&mut self, read: &[u8]) -> io::Result<()> {
        self.frames
            .read(read, Instant::now)
            .map_err(|Flooded| io::Error::from(io::ErrorKind::ConnectionAborted))?;
        let head = if self.frames.is_http_2() {
            self.state.in_block.store(self.frames.block() > 0, Ordering::Relaxed);
            self.frames.block()
        } else if self.state.is_busy() {
            0
        } else {
            usize::try_from(self.state.bytes_read() - self.state.bytes_read_at_request())
                .unwrap_or(usize::MAX)
        };
        let stranger = self.frames.is_http_2() && !self.state.proven.is_set();
        hold(&mut self.multiplexed, stranger, &self.edge.multiplexed, &self.members)?;
        hold(&mut self.long_head, head > LONG_HEAD_LEN, &self.edge.long_heads, &self.members)
    }

    /// Notes whether the stream takes what is written. Too many strangers whose connections do not are cut.
    fn note_clog<T>(&mut self, polled: &Poll<io::Result<T>>) -> io::Result<()> {
        if polled.is_ready() {
            self.state.unclog();
        } else {
            self.state.clog();
        }
        let counts = polled.is_pending() && !self.state.proven.is_set();
        hold(&mut self.clogged, counts, &self.edge.clogged, &self.members)
    }

    /// Notes whether a line of a head ended in what was just read. Of a request that was sent behind another one before
    /// its answer, the first line may have come together with that.
    fn look_for_line(&mut self, read: &[u8]) {
        if !self.state.is_busy() && read.contains(&b'\n') {
            self.line_ended_at = self.state.bytes_read();
        }
    }

    /// Tells how much has come of the present head.
    fn head(&self) -> Head {
        if self.line_ended_at > self.state.bytes_read_at_request() { Head::More } else { Head::FirstLine }
    }

    /// Writes out a replacement; ready when nothing of it is left.
    fn poll_replacement(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some((answer, out)) = &mut self.replacement {
            let rest = answer.get(*out..).unwrap_or_default();
            if rest.is_empty() {
                self.replacement = None;
                break;
            }
            let count = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *out += count;
            self.state.written(count);
        }
        Poll::Ready(Ok(()))
    }

    /// Passes over what the client still sends, within bounds.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Closing::Lingering(sleep, left) = &mut self.closing else { return Poll::Ready(()) };
        let mut scrap = [0; SCRAP_LEN];
        loop {
            if sleep.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            let mut buffer = ReadBuf::new(&mut scrap);
            match ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() && buffer.filled().len() <= *left => {
                    *left -= buffer.filled().len();
                }
                _ => return Poll::Ready(()),
            }
        }
    }
}

/// Holds a share for as long as the connection counts; one that finds none is cut.
fn hold(held: &mut Option<Share>, counts: bool, of: &Arc<Shares>, members: &Members) -> io::Result<()> {
    if !counts {
        *held = None;
    } else if held.is_none() {
        *held = Some(of.take(members, 1).ok_or(io::ErrorKind::ConnectionAborted)?);
    }
    Ok(())
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        this.state.read(read.len());
        this.look_for_line(read);
        let watched = this.watch(read);
        if watched.is_err() {
            buffer.set_filled(before);
        }
        Poll::Ready(watched)
    }
}

/// Vectored writes are not offered: hyper then puts head and body of a small answer into one buffer, which is one
/// system call and one TLS record.
impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.replacement.is_none() && this.between_writes && !this.state.is_busy() {
            this.replacement = bare::rewrite(bytes, this.head(), &*this.edge.entropy).map(|answer| {
                (this.note)(&answer);
                (answer.bytes, 0)
            });
        }
        if this.replacement.is_some() {
            ready!(this.poll_replacement(context))?;
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.note_clog(&written)?;
        let count = ready!(written)?;
        this.between_writes = count == bytes.len();
        this.state.written(count);
        this.frames.wrote(count);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(context);
        this.note_clog(&flushed)?;
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if matches!(this.closing, Closing::Open) {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
            this.closing = Closing::Lingering(Box::pin(tokio::time::sleep(LINGER)), LINGER_BYTES_MAX);
        }
        ready!(this.poll_linger(context));
        this.closing = Closing::Closed;
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::options::EdgeOptions;
    use crate::http::testing::edge;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const BARE: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";

    fn pair() -> (Socket<tokio::io::DuplexStream>, Arc<ConnectionState>, tokio::io::DuplexStream) {
        let (here, there) = tokio::io::duplex(16);
        let (state, edge) = (Arc::new(ConnectionState::default()), edge(EdgeOptions::default()));
        let socket = Socket::new(here, Arc::clone(&state), edge, Members::default(), Box::new(|_| {}));
        (socket, state, there)
    }

    async fn read_all(there: &mut tokio::io::DuplexStream) -> Vec<u8> {
        let mut seen = Vec::new();
        there.read_to_end(&mut seen).await.unwrap();
        seen
    }

    #[tokio::test]
    async fn a_bare_answer_is_replaced_however_narrow_the_line_is() {
        let (mut socket, _state, mut there) = pair();
        let writer = tokio::spawn(async move { socket.write(BARE).await.unwrap() });
        let seen = read_all(&mut there).await;
        assert_eq!(writer.await.unwrap(), BARE.len());
        assert!(String::from_utf8(seen).unwrap().contains("application/problem+json"));
    }

    #[tokio::test]
    async fn bytes_of_an_answer_under_way_are_never_touched() {
        let (mut socket, state, mut there) = pair();
        state.request_began();
        let writer = tokio::spawn(async move { socket.write_all(BARE).await.unwrap() });
        let seen = read_all(&mut there).await;
        writer.await.unwrap();
        assert_eq!(seen, BARE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_connection_waits_for_its_client_a_moment() {
        let (mut socket, _state, mut there) = pair();
        let closing = tokio::spawn(async move { socket.shutdown().await.unwrap() });
        read_all(&mut there).await;
        there.write_all(&[0; 1024]).await.unwrap();
        closing.await.unwrap();
    }
}
