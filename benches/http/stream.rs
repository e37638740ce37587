//! One connection that sends line after line in one request and counts the lines of the answer.

use crate::plan::{Carries, Keys};
use crate::talk::{Stream, Talk};
use crate::wire::BODY;
use memchr::memmem::Finder;
use std::io;
use std::sync::PoisonError;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};

/// Lines of one chunk.
const LINES_PER_CHUNK: u64 = 200;

/// Bytes read at once.
const READ_LEN: usize = 64 * 1024;

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

async fn read(talk: &Talk, mut answers: ReadHalf<Box<dyn Stream>>) -> io::Result<()> {
    let (status, accepted) = (Finder::new(STATUS), Finder::new(ACCEPTED));
    let mut buffer = vec![0; READ_LEN];
    // What a find may need of the bytes before.
    let mut kept = 0;
    loop {
        let free = buffer.get_mut(kept..).unwrap_or_default();
        let read = answers.read(free).await?;
        if read == 0 {
            return Ok(());
        }
        let now = Instant::now();
        let bytes = buffer.get(..kept + read).unwrap_or_default();
        // Behind the last whole line nothing is counted yet.
        let end = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
        let whole = bytes.get(..end).unwrap_or_default();
        let answered = status.find_iter(whole).count() as u64;
        let stored = accepted.find_iter(whole).count() as u64;
        let mut tally = talk.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.created += stored;
        if stored != answered || whole.starts_with(b"HTTP/1.1 4") || whole.starts_with(b"HTTP/1.1 5") {
            tally.unexpected += answered.max(1) - stored;
            tally.first_unexpected.get_or_insert_with(|| String::from_utf8_lossy(whole).into_owned());
        }
        if now >= talk.window.opens && now < talk.window.closes && answered > 0 {
            tally.events += answered;
            talk.note_answer(now);
        }
        drop(tally);
        kept = bytes.len() - end;
        buffer.copy_within(end..end + kept, 0);
    }
}
