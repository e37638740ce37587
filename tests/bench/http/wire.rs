//! The request's bytes, of which only the key changes, and as much of the answer as the generator needs.

use crate::plan::{Carries, Keys, Plan};
use std::io::{self, BufRead, ErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt};

/// A sale as a till reports it.
pub(crate) const BODY: &str = r#"{"store":"hh-14","terminal":"till-7","receipt":"2025-07-19-004711","cashier":"c-93","currency":"EUR","lines":[{"sku":"4006381333931","name":"Fineliner 0.4","qty":3,"unit":1.95,"vat":19},{"sku":"4001686301265","name":"Gummi bears 200 g","qty":1,"unit":1.19,"vat":7}],"total":7.04,"payment":{"method":"card","approval":"A81F22C07"}}"#;

const _: () = assert!(BODY.len() == 330, "the floors are stated for 330 bytes");

/// Characters of a key: 16 hexadecimal digits for the prefix, 16 for the number.
const KEY_LEN: usize = 32;

/// Numbers of one connection's keys; a round sends far fewer.
const KEYS_PER_CONNECTION: u64 = 1 << 40;

/// Longest answer that is read: a hundred receipts with their headers are half of this.
const ANSWER_LEN_MAX: usize = 64 * 1024;

/// The bytes of one connection's requests.
#[derive(Debug)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    key_at: usize,
    keys: Keys,
    number: u64,
}

impl Request {
    /// Builds the bytes once; `connection` sets its keys apart from those of the others.
    pub(crate) fn new(plan: &Plan, connection: usize) -> Self {
        let (content_type, body) = match plan.carries {
            Carries::Batch(events) => ("application/cloudevents-batch+json", batch(events)),
            _ => ("application/json", BODY.to_owned()),
        };
        let before_key = format!(
            "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: {content_type}\r\n\
             Content-Length: {}\r\nIdempotency-Key: ",
            plan.target.token,
            body.len()
        );
        let (prefix, number) = match plan.keys {
            Keys::New(prefix) => (prefix, connection as u64 * KEYS_PER_CONNECTION),
            // Staggered starts, so that connections do not walk through the keys side by side.
            Keys::Repeated(prefix, _) => (prefix, connection as u64 * 7),
        };
        let bytes = format!("{before_key}{prefix:016x}{number:016x}\r\n\r\n{body}").into_bytes();
        Self { bytes, key_at: before_key.len(), keys: plan.keys, number }
    }

    /// Returns the next request.
    pub(crate) fn next_bytes(&mut self) -> &[u8] {
        let number = match self.keys {
            Keys::New(_) => self.number,
            Keys::Repeated(_, count) => self.number % count,
        };
        self.number += 1;
        let digits = self.key_at + KEY_LEN / 2..self.key_at + KEY_LEN;
        for (place, digit) in
            self.bytes.get_mut(digits).expect("the key is there").iter_mut().rev().enumerate()
        {
            let nibble = (number >> (4 * place)) & 0xf;
            *digit = *b"0123456789abcdef".get(nibble as usize).expect("a nibble is below 16");
        }
        &self.bytes
    }
}

/// A batch of sales; the request's key sets them apart from those of other requests.
fn batch(events: usize) -> String {
    let event = format!(r#"{{"specversion":"1.0","id":"1","source":"till-7","type":"sale","data":{BODY}}}"#);
    format!("[{}]", vec![event; events].join(","))
}

/// The bytes of one connection's answers.
#[derive(Debug)]
pub(crate) struct Answers {
    buffer: Vec<u8>,
    len: usize,
}

impl Answers {
    /// Makes an empty buffer.
    pub(crate) fn new() -> Self {
        Self { buffer: vec![0; ANSWER_LEN_MAX], len: 0 }
    }

    /// Reads one whole answer and returns its status.
    pub(crate) async fn read(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<u16> {
        self.len = 0;
        loop {
            let free = self.buffer.get_mut(self.len..).unwrap_or_default();
            if free.is_empty() {
                return Err(io::Error::other(format!("an answer is over {ANSWER_LEN_MAX} bytes")));
            }
            let read = stream.read(free).await?;
            if read == 0 {
                return Err(io::Error::new(ErrorKind::UnexpectedEof, "the server closed a connection"));
            }
            self.len += read;
            if let Some((status, answer_len)) = parse_answer(self.last())? {
                if answer_len < self.len {
                    return Err(io::Error::other("the server sent more than one answer to a request"));
                }
                if answer_len == self.len {
                    return Ok(status);
                }
            }
        }
    }

    /// Returns the last answer's bytes.
    pub(crate) fn last(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }
}

/// Returns the status and the whole length of the answer that begins here, once its head is complete.
fn parse_answer(bytes: &[u8]) -> io::Result<Option<(u16, usize)>> {
    let mut rest = bytes;
    let mut body_len = None;
    loop {
        let line_and_rest = rest;
        let taken = rest.skip_until(b'\n')?;
        let line = line_and_rest.get(..taken).unwrap_or_default();
        if !line.ends_with(b"\n") {
            return Ok(None);
        }
        if line == b"\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_at_checked(15)
            && name.eq_ignore_ascii_case(b"content-length:")
        {
            body_len = number(value.trim_ascii());
        }
    }
    let status = bytes.get(9..12).and_then(number).unwrap_or_default();
    let body_len = match (status, body_len) {
        (204, _) => 0,
        (_, Some(len)) => len,
        _ => return Err(io::Error::other(format!("an answer with status {status} states no length"))),
    };
    Ok(Some((u16::try_from(status).unwrap_or_default(), bytes.len() - rest.len() + body_len)))
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
