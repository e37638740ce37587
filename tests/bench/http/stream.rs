//! One connection that sends line after line in one request and counts the lines of the answer.

use crate::plan::{Carries, Keys};
use crate::talk::{Stream, Talk};
use crate::wire::BODY;
use memchr::memmem::Finder;
use std::io;
use std::sync::PoisonError;
use std::time::Instant;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, ReadHalf, WriteHalf};

/// Lines of one chunk.
const LINES_PER_CHUNK: u64 = 200;

/// Bytes read at once.
const READ_LEN: usize = 64 * 1024;

/// Bytes behind a chunk.
const CHUNK_END_LEN: usize = 2;

/// What every line of an answer holds once.
const STATUS: &[u8] = b"\"status\":\"";

/// What follows in the answer to a new event.
const ACCEPTED: &[u8] = b"\"status\":\"accepted\"";

/// Talks until the round closes, or until all lines are answered.
pub(crate) async fn run(talk: &Talk, stream: Box<dyn Stream>) -> io::Result<()> {
    let (answers, requests) = tokio::io::split(stream);
    tokio::try_join!(write(talk, requests), read(talk, answers)).map(|((), ())| ())
}

async fn write(talk: &Talk, mut requests: WriteHalf<Box<dyn Stream>>) -> io::Result<()> {
    let plan = &talk.shared.plan;
    let (Keys::New(prefix) | Keys::Repeated(prefix, _)) = plan.keys;
    let head = format!(
        "POST /v1/events?source=till-7&type=sale HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\
         Idempotency-Key: {prefix:016x}-{:04}\r\n\r\n",
        plan.target.token, talk.connection
    );
    requests.write_all(head.as_bytes()).await?;
    let lines = format!("{BODY}\n").repeat(usize::try_from(LINES_PER_CHUNK).unwrap_or_default());
    let chunk = format!("{:x}\r\n{lines}\r\n", lines.len());
    let mut left = match plan.carries {
        Carries::AllLines(lines) => lines / LINES_PER_CHUNK,
        _ => u64::MAX,
    };
    while left > 0 && Instant::now() < talk.window.closes {
        requests.write_all(chunk.as_bytes()).await?;
        left -= 1;
    }
    requests.write_all(b"0\r\n\r\n").await?;
    requests.flush().await
}

async fn read(talk: &Talk, answers: ReadHalf<Box<dyn Stream>>) -> io::Result<()> {
    let (status, accepted) = (Finder::new(STATUS), Finder::new(ACCEPTED));
    let mut answers = BufReader::with_capacity(READ_LEN, answers);
    let mut head = String::new();
    while head.is_empty() || !head.ends_with("\r\n\r\n") {
        if answers.read_line(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    if !head.starts_with("HTTP/1.1 200") {
        return Err(io::Error::other(head));
    }
    // The text since the last whole line, and the chunk being read.
    let mut text = Vec::with_capacity(2 * READ_LEN);
    loop {
        let mut size = String::new();
        answers.read_line(&mut size).await?;
        let len = usize::from_str_radix(size.trim_ascii(), 16).map_err(io::Error::other)?;
        let kept = text.len();
        text.resize(kept + len + CHUNK_END_LEN, 0);
        answers.read_exact(text.get_mut(kept..).unwrap_or_default()).await?;
        text.truncate(kept + len);
        if len == 0 {
            return Ok(());
        }
        let now = Instant::now();
        let end = memchr::memrchr(b'\n', &text).map_or(0, |at| at + 1);
        let whole = text.get(..end).unwrap_or_default();
        let answered = status.find_iter(whole).count() as u64;
        let stored = accepted.find_iter(whole).count() as u64;
        let mut tally = talk.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.created += stored;
        if stored != answered {
            tally.unexpected += answered - stored;
            tally.first_unexpected.get_or_insert_with(|| String::from_utf8_lossy(whole).into_owned());
        }
        if now >= talk.window.opens && now < talk.window.closes && answered > 0 {
            tally.events += answered;
            talk.note_answer(now);
        }
        drop(tally);
        text.drain(..end);
    }
}
