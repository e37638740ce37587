//! The bytes of a TLS handshake, bounded: its messages are collected in memory until they are whole.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Most bytes a client may send before its handshake is over: a hello with keys of every kind, and one whole record behind
/// it, which may come together with its end.
const BYTES_MAX: usize = 25 * 1024;

/// Most bytes read at once until then.
const PIECE_LEN: usize = 4 * 1024;

/// A connection that takes so many bytes until it is opened.
#[derive(Debug)]
pub(super) struct Opening<S> {
    stream: S,
    /// None once it is opened.
    left: Option<usize>,
}

impl<S> Opening<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, left: Some(BYTES_MAX) }
    }

    /// Takes any number of bytes from now on.
    pub(super) fn opened(&mut self) {
        self.left = None;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Opening<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let Some(left) = &mut this.left else { return Pin::new(&mut this.stream).poll_read(context, buffer) };
        if *left == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        // What comes behind the handshake's last message may come with it, and is not to be in its way.
        let mut piece = [0; PIECE_LEN];
        let len = PIECE_LEN.min(*left).min(buffer.remaining());
        let mut piece = ReadBuf::new(piece.get_mut(..len).unwrap_or_default());
        ready!(Pin::new(&mut this.stream).poll_read(context, &mut piece))?;
        *left -= piece.filled().len();
        buffer.put_slice(piece.filled());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Opening<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_handshake_without_an_end_is_cut_and_an_opened_connection_is_not() {
        for (opened, taken) in [(false, BYTES_MAX), (true, 2 * BYTES_MAX)] {
            let (here, mut there) = tokio::io::duplex(1024);
            let mut stream = Opening::new(here);
            if opened {
                stream.opened();
            }
            tokio::spawn(async move { there.write_all(&vec![0; 2 * BYTES_MAX]).await });
            let mut read = Vec::new();
            assert_eq!(stream.read_to_end(&mut read).await.is_ok(), opened);
            assert_eq!(read.len(), taken);
        }
    }
}
