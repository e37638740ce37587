//! What a request line says.

use std::fmt::{self, Display, Write};
use std::time::Duration;
use tracing::info;

/// Most bytes of a client's own words: enough to tell programs and media types apart.
const WORDS_LEN_MAX: usize = 128;

/// What a request line says. What is costly to find or to write is taken as something that can be asked.
#[derive(Clone, Copy)]
pub struct RequestLine<'a> {
    /// Request id.
    pub rid: &'a str,
    /// Tenant slug, once known.
    pub tenant: Option<&'a str>,
    /// Version of HTTP.
    pub version: &'static str,
    /// HTTP method.
    pub method: &'a str,
    /// Matched route pattern.
    pub path: &'a str,
    /// Status of the answer.
    pub status: u16,
    /// Time from the request's head to the answer's head.
    pub latency: Duration,
    /// Client address, masked already where the settings ask for it; nothing where they want none.
    pub client: Option<&'a dyn Display>,
    /// Which limit refused the request, if one did.
    pub limited: Option<&'a str>,
    /// Headers that the line names.
    pub headers: &'a dyn RequestHeaders,
}

/// Headers of a request. They are looked for only when the line is written.
pub trait RequestHeaders {
    /// The client's program, as the client writes it.
    fn user_agent(&self) -> Option<&[u8]> {
        None
    }

    /// Media type of the body, as the client writes it.
    fn content_type(&self) -> Option<&[u8]> {
        None
    }

    /// Trace that the request belongs to, in its standard spelling.
    fn trace_id(&self) -> Option<&str> {
        None
    }
}

/// A request whose headers are not known.
#[derive(Clone, Copy, Debug)]
pub struct NoHeaders;

impl RequestHeaders for NoHeaders {}

pub(super) fn write(line: &RequestLine<'_>) {
    info!(
        rid = line.rid,
        tenant = line.tenant,
        version = line.version,
        method = line.method,
        path = line.path,
        status = line.status,
        latency_ms = latency_ms(line.latency),
        user_agent = line.headers.user_agent().map(Words).map(tracing::field::display),
        content_type = line.headers.content_type().map(Words).map(tracing::field::display),
        client = line.client.map(tracing::field::display),
        trace_id = line.headers.trace_id(),
        limited = line.limited,
        "{} {} answered {}",
        line.method,
        line.path,
        line.status
    );
}

/// Milliseconds that print with at most three decimals.
fn latency_ms(latency: Duration) -> f64 {
    f64::from(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX)) / 1_000.0
}

/// Words of a client: at most so many bytes, and nothing that moves a cursor, hides or turns what stands beside it.
struct Words<'a>(&'a [u8]);

impl Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.0.get(..WORDS_LEN_MAX).unwrap_or(self.0);
        for part in kept.utf8_chunks() {
            part.valid()
                .chars()
                .filter(|letter| !is_unseen(*letter))
                .try_for_each(|letter| f.write_char(letter))?;
        }
        if kept.len() < self.0.len() { f.write_char('…') } else { Ok(()) }
    }
}

/// Tells whether a character controls a terminal or the direction of text, or has no width.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_client_are_bounded_and_harmless() {
        let text = |bytes: &[u8]| Words(bytes).to_string();
        assert_eq!(text(b"curl/8.1 (x)"), "curl/8.1 (x)");
        assert_eq!(text("a\t\u{1b}[31m\u{202e}\u{200b}é\u{7f}".as_bytes()), "a[31mé");
        assert_eq!(text(b"a\xff\xc3"), "a");
        let long = text(&[b'x'; 129]);
        assert_eq!(long, format!("{}…", "x".repeat(128)));
        assert!(text(&"é".repeat(200).into_bytes()).len() <= 128 + '…'.len_utf8());
    }
}
